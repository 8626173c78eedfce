-- Polls whose state has changed since the fan-out was told. An index on `polls` that says so is changed by each change
-- of a poll's state and by each telling, and then so is every other index: without it most rows stay on their page
-- and no index has to know.
create table unannounced_polls (
  poll_key integer primary key references polls on delete cascade,
  state_version bigint not null,
  -- The version that the fan-out was told of.
  announced_version bigint not null
);
insert into unannounced_polls (poll_key, state_version, announced_version)
  select poll_key, state_version, announced_version from polls where announced_version < state_version;
drop index polls_unannounced;
alter table polls drop column announced_version;

-- A trigger, so that no statement that changes a state can forget it. Whoever is in the way (it is being noted as told)
-- waits for nobody.
create function note_unannounced() returns trigger language plpgsql as $$
begin
  insert into unannounced_polls (poll_key, state_version, announced_version)
  values (new.poll_key, new.state_version, old.state_version)
  on conflict (poll_key) do update set state_version = excluded.state_version;
  return null;
end
$$;
create trigger polls_unannounced after update of state_version on polls
  for each row when (new.state_version > old.state_version) execute function note_unannounced();

-- Room for a new version of every third row, where neighbours end at the same time.
alter table polls set (fillfactor = 75);

-- Deletions are told soon and kept for an hour.
create index deleted_polls_unannounced on deleted_polls (poll_key) where not is_announced;
