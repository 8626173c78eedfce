-- By time, so that the first that is due shows whether a shard has to run a round, however many still rest.
drop index subscriptions_due;
create index subscriptions_due on subscriptions (shard, due_at) where due_at is not null;
drop index connections_awaiting_board;
create index connections_awaiting_board on connections (shard, board_due_at) where board_due_at is not null;
