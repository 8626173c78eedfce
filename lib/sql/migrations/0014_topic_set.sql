-- Whose votes this database counts: of the topics under this prefix, and of no others.
create table topic_set (
  is_only boolean primary key default true check (is_only),
  topic_prefix text not null,
  -- Where these topics were last; null until the brokers have been asked.
  cluster_id text
);

-- Until now topics had no prefix.
insert into topic_set (topic_prefix) select '' where exists (select from partition_progress);

-- Polls of which nothing is left but that they were here: the log still has their ballots, and a ballot of a poll that
-- never was here is another matter.
create table former_polls (
  poll_id uuid primary key,
  deleted_at timestamptz not null
);
create index former_polls_by_age on former_polls (deleted_at);
