-- A change that comes too soon after the last message waits until this time. Null: none waits.
alter table watched_polls add column due_at timestamptz;
create index watched_polls_due on watched_polls (shard, due_at) where due_at is not null;
alter table boards add column due_at timestamptz;

-- When the shard's board last changed.
alter table boards add column saved_at timestamptz not null default '-infinity';
