-- Names the present question and options: drawn at random with each rewording, 0 for the first. A ballot carries the name
-- of the words that it was accepted for, and never counts for others.
alter table polls
  add column wording integer not null default 0,
  -- Votes accepted before it (microseconds since 1970) do not count either: whoever cast them saw the old words. Null: the
  -- poll was never reworded.
  add column words_from bigint;

-- The same once more: a tally that judged by other words than it finds here, when it has the lock, judges again.
alter table tallies add column wording integer not null default 0;
