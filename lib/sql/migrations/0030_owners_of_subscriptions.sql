-- It was made with the owner's token: the owner of a poll whose results show after its close reads the turnout before.
alter table subscriptions add column is_owner boolean not null default false;

-- Like the form without `owns`, which functions of the previous release still call. Where they renew a subscription,
-- `is_owner` stays, so it counts only together with `has_voted`, which they set.
create function subscribe_or_follow(
  of_connection text, new_shard smallint, to_poll uuid, voted boolean, shown_receipt text, asked timestamptz,
  most integer, sees_more boolean, sample_size integer, owns boolean, out outcome text, out own_shard smallint
) language plpgsql as $$
begin
  select subscribed.outcome, subscribed.own_shard into outcome, own_shard
  from subscribe_or_follow(
    of_connection, new_shard, to_poll, voted, shown_receipt, asked, most, sees_more, sample_size
  ) as subscribed;
  if outcome = 'subscribed' then
    update subscriptions set is_owner = owns
    where connection_id = of_connection and poll_id = to_poll and is_owner <> owns;
  end if;
end
$$;
