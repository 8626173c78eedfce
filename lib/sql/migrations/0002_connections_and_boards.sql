-- Who listens over WebSocket. A connection belongs to one fan-out shard: a partition of the topic `standings`.
create table connections (
  connection_id text primary key,
  shard smallint not null,
  connected_at timestamptz not null default now(),
  -- From then on it is to be sent the whole board: when it is new, or missed a message. Null: it follows.
  board_due_at timestamptz default now()
);

create index connections_of_shard on connections (shard);
-- A shard whose board did not change looks through the waiting alone, however many follow.
create index connections_awaiting_board on connections (shard) where board_due_at is not null;

-- The board that each shard sent last; what it sends next is the difference to this.
create table boards (
  shard smallint primary key,
  version bigint not null,
  -- Below `version`, the posting was cut off: nobody can say who of the shard has the board.
  posted_version bigint not null,
  entries jsonb not null
);
