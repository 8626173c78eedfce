-- Replays of the log that have not finished. Final results wait for them: after a restore, counting may be past a
-- poll's end before a replay has counted the votes that the restore took away.
create table replays (
  replay_id integer generated always as identity primary key,
  -- From which append time on the log is counted again.
  since timestamptz not null
);
