-- From when on the latest change of `windows` holds; null: they are as the poll was made.
alter table polls add column windows_from timestamptz;

-- Votes are counted by the windows that are committed, so a change that comes into sight only after it holds would
-- have some of them judged by the old ones. The server looks when it commits: a client may freeze or wait for a lock
-- after it has decided. Half a second is left for the commit itself, for counting that began before it, and for
-- clocks that differ; the client decides a second ahead.
create function refuse_late_windows() returns trigger language plpgsql as $$
begin
  if (clock_timestamp() <= new.windows_from - interval '500 milliseconds') is not true then
    raise exception 'A change of windows has to commit half a second before it holds.' using errcode = 'PP001';
  end if;
  return null;
end
$$;

create constraint trigger windows_change_ahead after update of windows on polls
deferrable initially deferred
for each row when (old.windows is distinct from new.windows)
execute function refuse_late_windows();

-- Of two ballots of a voter the one accepted later stands, wherever in the log they are.
alter table votes drop column append_time, drop column log_offset;
