-- Whether the viewers of this shard read the poll from a URL, because there are more than posts can reach in time.
alter table watched_polls add column is_followed boolean not null default false;

-- The viewers that a subscription stands for: itself and, of a poll that is followed, others that have no row.
alter table subscriptions add column stands_for integer not null default 1;
create index subscriptions_for_others on subscriptions (poll_id) include (stands_for) where stands_for > 1;

-- Like subscribe_to_poll, but of the viewers of a followed poll only a sample gets a row: a row per viewer would cost a
-- write each, and is of no use, since nothing is posted to them. The more there are, the smaller the sample.
create function subscribe_or_follow(
  of_connection text, new_shard smallint, to_poll uuid, voted boolean, shown_receipt text, asked timestamptz,
  most integer, sees_more boolean, sample_size integer, out outcome text, out own_shard smallint
) language plpgsql as $$
declare
  audience integer;
  weight integer := 1;
begin
  if not sees_more or exists (
    select from polls where poll_id = to_poll and (results_visibility = 'always' or is_final)
  ) then
    select max(viewers) into audience from watched_polls where poll_id = to_poll and is_followed;
  end if;
  if audience >= 2 * sample_size and not exists (
    select from subscriptions where connection_id = of_connection and poll_id = to_poll
  ) then
    weight := 2 ^ floor(log(2, audience / sample_size));
    -- By its id, so that asking again changes nothing.
    if hashtext(of_connection) & (weight - 1) <> 0 then
      outcome := 'following';
      return;
    end if;
  end if;
  select subscribed.outcome, subscribed.own_shard into outcome, own_shard
  from subscribe_to_poll(of_connection, new_shard, to_poll, voted, shown_receipt, asked, most) as subscribed;
  if weight > 1 and outcome = 'subscribed' then
    update subscriptions set stands_for = weight where connection_id = of_connection and poll_id = to_poll;
  end if;
end
$$;
