-- Who watches which poll. Found by poll and shard, all of a round at once.
create table subscriptions (
  connection_id text not null references connections on delete cascade,
  -- No reference to polls: those who watch a poll that is deleted are still to be told.
  poll_id uuid not null,
  -- The connection's, once more.
  shard smallint not null,
  -- It showed the receipt of a vote in this poll that was counted: opens results that show after voting.
  has_voted boolean not null,
  -- From then on it is to be sent the whole poll, since it missed a message. Null: it follows.
  due_at timestamptz,
  primary key (connection_id, poll_id)
);

create index subscriptions_of_poll on subscriptions (poll_id, shard);
create index subscriptions_due on subscriptions (shard) where due_at is not null;

-- What each shard sent last of the polls that it has viewers of. Where a row is missing, the whole poll is sent.
create table watched_polls (
  poll_id uuid not null,
  shard smallint not null,
  version bigint not null,
  state_version bigint not null,
  -- It changes by time as well, without a new version.
  status text not null,
  viewers integer not null,
  counted_at timestamptz not null,
  sent_at timestamptz not null default now(),
  primary key (poll_id, shard)
);

-- API Gateway ends a connection after two hours; it was told to come back before that.
alter table connections add column is_told_to_reconnect boolean not null default false;
create index connections_by_age on connections (connected_at);
