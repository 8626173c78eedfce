-- Small integer keys inside, UUIDs outside: a vote's row and its index entry stay narrow.
create table polls (
  poll_key integer generated always as identity primary key,
  poll_id uuid not null unique,
  question text not null,
  option_count smallint not null check (option_count between 2 and 50),
  max_choices smallint not null,
  allow_change boolean not null,
  results_visibility text not null check (results_visibility in ('always', 'after_vote', 'after_close')),
  created_at timestamptz not null,
  opens_at timestamptz,
  expired_at timestamptz not null,
  -- When votes were or will be taken. A reopening adds a range, so what was refused in the gap stays refused.
  windows tstzmultirange not null check (not isempty(windows)),
  -- Rises with every change of anything but counts.
  state_version bigint not null default 1,
  -- The version that the fan-out was told of; below `state_version`, that is still to be done.
  announced_version bigint not null default 1,
  -- Its end has come and it has left the leaderboard's index.
  is_closed boolean not null default false,
  is_final boolean not null default false,
  check (max_choices between 1 and option_count)
);

-- What the schedule looks through: polls on their way to final results.
create index polls_unfinished on polls (upper(windows)) where not is_final;
create index polls_unannounced on polls (poll_key) where announced_version < state_version;

create table options (
  poll_key integer not null references polls on delete cascade,
  position smallint not null,
  option_id uuid not null,
  option_text text not null,
  primary key (poll_key, position)
);

-- One row a voter and poll: the ballot that stands. No foreign key: it would cost each vote a lock on its poll.
create table votes (
  -- A bit per option position; 0 is a withdrawal.
  choices bigint not null,
  -- castVote's clock, microseconds since 1970. It names the ballot among those of its voter.
  accepted_at bigint not null,
  -- Kafka's append time (milliseconds) and offset. They only order, so they are null where a vote cannot change.
  append_time bigint,
  log_offset bigint,
  -- The choices of the ballot that this one took the place of: what tallies have to lose.
  displaced bigint,
  poll_key integer not null,
  voter_key uuid not null,
  primary key (poll_key, voter_key)
);

-- Counts have no row for a poll as a whole: it would be one more to move for each poll in a batch.
create table tallies (
  -- Ballots that chose this option.
  votes bigint not null default 0,
  -- Ballots of which this is the lowest option chosen; their sum is the poll's total.
  ballots bigint not null default 0,
  -- How often this row has moved; their sum is the part of the poll's version that counting makes.
  moves bigint not null default 0,
  -- `votes` as the leaderboard's index has it. An index on `votes` itself would be written at every move, which
  -- costs as much as all else about a vote; so a row that moves turns stale until `refreshBoard` comes by.
  board_votes bigint not null default 0,
  poll_key integer not null references polls on delete cascade,
  position smallint not null,
  -- Votes are still taken and everybody may see the results.
  on_board boolean not null,
  is_stale boolean not null default false,
  -- The poll's UUID again, since ties on the leaderboard go to the older poll and its id sorts by age.
  poll_id uuid not null,
  primary key (poll_key, position)
) with (fillfactor = 50); -- moved rows stay on their page, and no index has to know

-- The leaderboard: as many entries are read as are shown, and those that are stale, however many options exist.
create index tallies_board on tallies (board_votes desc, poll_id, position)
  where on_board and board_votes > 0 and not is_stale;
create index tallies_stale on tallies (poll_key, position) where is_stale;

-- How far each partition of the topic `votes` has been counted.
create table partition_progress (
  partition integer primary key,
  append_time bigint not null,
  log_offset bigint not null
);
