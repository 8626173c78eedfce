-- Keys with which clients create polls where CREATE_AUTH=key. What a client sends is signed and not stored.
create table creation_keys (
  creation_key integer generated always as identity primary key,
  -- In what the client sends. Never used again, not even by another database with the same signing keys.
  key_id uuid not null unique,
  name text not null,
  max_open_polls integer not null check (max_open_polls > 0),
  max_per_minute integer not null check (max_per_minute > 0),
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  -- The polls of a minute that begins with the first of them.
  minute_began timestamptz not null default '-infinity',
  minute_count integer not null default 0
);
-- A revoked name can be given again.
create unique index creation_keys_in_force on creation_keys (name) where revoked_at is null;

-- Null: created without a key.
alter table polls add column creation_key integer;
create index polls_of_creation_keys on polls (creation_key, upper(windows)) where creation_key is not null;

-- Counts a new poll of this key, or raises an error, which takes back the whole statement that calls it. Creations of
-- one key wait for each other here. Each statement of a volatile function sees what has been committed by then, so
-- the polls of those that came first are counted; a single statement would see the database as it was before the wait.
create function admit_creation(given_id uuid) returns integer volatile language plpgsql as $$
declare
  creator creation_keys;
  present timestamptz;
  open_polls integer;
begin
  select * into creator from creation_keys where key_id = given_id and revoked_at is null for no key update;
  if not found then
    raise exception 'The creation key is revoked.' using errcode = 'PP001';
  end if;

  present := clock_timestamp();
  -- A clock that was set back begins a new minute, too.
  if present not between creator.minute_began and creator.minute_began + interval '1 minute' then
    creator.minute_began := present;
    creator.minute_count := 0;
  end if;
  if creator.minute_count >= creator.max_per_minute then
    raise exception 'The creation key has used up its minute.' using
      errcode = 'PP002',
      detail = json_build_object(
        'limit', creator.max_per_minute,
        'resetSeconds',
        greatest(1, ceil(extract(epoch from creator.minute_began + interval '1 minute' - present)))
      );
  end if;

  select count(*) into open_polls from (
    select from polls
    where creation_key = creator.creation_key and upper(windows) > present
    limit creator.max_open_polls
  ) as unfinished;
  if open_polls >= creator.max_open_polls then
    raise exception 'The creation key has too many open polls.' using
      errcode = 'PP003', detail = json_build_object('limit', creator.max_open_polls);
  end if;

  update creation_keys
  set minute_began = creator.minute_began, minute_count = creator.minute_count + 1
  where creation_key = creator.creation_key;
  return creator.creation_key;
end
$$;
