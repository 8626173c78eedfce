-- Where the final results of a poll are sent to. Not in `polls`, since few of them have one.
create table webhooks (
  poll_key integer primary key references polls on delete cascade,
  url text not null,
  -- The state version with which the results became final. It names the event that is being told.
  final_version bigint,
  finalized_at timestamptz,
  -- How often this event was sent.
  tries smallint not null default 0,
  -- When it is to be sent again. Null: never; it was taken, given up, or the poll is open once more.
  due_at timestamptz
);

create index webhooks_due on webhooks (due_at) where due_at is not null;
