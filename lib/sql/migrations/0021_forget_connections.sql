-- Deletes connections with their subscriptions. A function, because each of its statements sees what was committed before
-- it: in one statement, the foreign key's cascade would delete, in any order, subscriptions that came while it waited for
-- the lock of their connection.
create function forget_connections(of_connections text[], out forgotten integer, out watched json) language plpgsql as $$
declare
  -- A connection that is opened from here on stays.
  locked text[] := array(
    select connection_id from connections where connection_id = any(of_connections) order by connection_id for update
  );
begin
  with watching as materialized (
    select connection_id, poll_id from subscriptions where connection_id = any(locked)
    order by connection_id, poll_id for update
  ), unwatched as (
    delete from subscriptions using watching
    where subscriptions.connection_id = watching.connection_id and subscriptions.poll_id = watching.poll_id
  )
  select coalesce(json_agg(distinct poll_id), '[]') into watched from watching;
  delete from connections where connection_id = any(locked);
  get diagnostics forgotten = row_count;
end
$$;
