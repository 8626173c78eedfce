-- When API Gateway took the frame that asked for the subscription: frames overtake each other on the way to here.
alter table subscriptions add column asked_at timestamptz not null default '-infinity';

-- The receipt that was shown while its vote was still on its way; null once that is decided. It stays sealed, so that
-- nobody reads here which connection cast which vote.
alter table subscriptions add column receipt text;
create index subscriptions_undecided on subscriptions (shard, poll_id) where receipt is not null;

-- The last unsubscribing of a connection from a poll, kept for a minute or two: an older subscribing may still come.
create table unsubscriptions (
  connection_id text not null,
  poll_id uuid not null,
  asked_at timestamptz not null,
  noted_at timestamptz not null default now(),
  primary key (connection_id, poll_id)
);
create index unsubscriptions_by_age on unsubscriptions (noted_at);

-- Frames overtake each other by seconds. By more, the clock was set back.
create function is_overtaken(asked timestamptz, by_asked timestamptz) returns boolean language sql immutable
return by_asked > asked and by_asked <= asked + interval '30 seconds';

-- A function, because each of its statements sees what was committed before it: in one statement, those that waited for
-- the lock would count without the subscriptions that they waited for.
create function subscribe_to_poll(
  of_connection text, new_shard smallint, to_poll uuid, voted boolean, shown_receipt text, asked timestamptz,
  most integer, out outcome text, out own_shard smallint
) language plpgsql as $$
begin
  if not exists (select from polls where poll_id = to_poll) then
    outcome := 'poll_not_found';
    return;
  end if;
  -- Also prevents deletion until the subscription refers to it. The foreign key's own lock comes later and is shared,
  -- see README.md.
  select shard into own_shard from connections where connection_id = of_connection for no key update;
  if not found then
    insert into connections (connection_id, shard) values (of_connection, new_shard)
    -- Inserted concurrently; this locks the row too.
    on conflict (connection_id) do update set shard = connections.shard
    returning shard into own_shard;
  end if;
  if exists (
    select from unsubscriptions
    where connection_id = of_connection and poll_id = to_poll and is_overtaken(asked, asked_at)
    union all
    select from subscriptions
    where connection_id = of_connection and poll_id = to_poll and is_overtaken(asked, asked_at)
  ) then
    outcome := 'overtaken';
    return;
  end if;
  if most <= (select count(*) from subscriptions where connection_id = of_connection and poll_id <> to_poll) then
    outcome := 'too_many';
    return;
  end if;
  insert into subscriptions (connection_id, poll_id, shard, has_voted, receipt, asked_at)
  values (of_connection, to_poll, own_shard, voted, shown_receipt, asked)
  on conflict (connection_id, poll_id) do update set
    has_voted = excluded.has_voted, receipt = excluded.receipt, asked_at = excluded.asked_at, due_at = null;
  outcome := 'subscribed';
end
$$;

-- True if the connection watched this poll until now.
create function unsubscribe_from_poll(of_connection text, from_poll uuid, asked timestamptz) returns boolean
language plpgsql as $$
declare
  was_watched boolean;
begin
  perform from connections where connection_id = of_connection for no key update;
  if not found then
    return false;
  end if;
  delete from subscriptions
  where connection_id = of_connection and poll_id = from_poll and not is_overtaken(asked, asked_at);
  was_watched := found;
  insert into unsubscriptions (connection_id, poll_id, asked_at) values (of_connection, from_poll, asked)
  on conflict (connection_id, poll_id) do update
  set asked_at = greatest(unsubscriptions.asked_at, excluded.asked_at), noted_at = excluded.noted_at;
  return was_watched;
end
$$;
