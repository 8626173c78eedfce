-- False for a connection that was opened with `?board=off`, until it asks for the leaderboard.
alter table connections add column wants_board boolean not null default true;

-- A page that shows one poll costs a round of the leaderboard nothing, however many show it.
drop index connections_in_order;
create index connections_in_order on connections (shard, connection_id) where wants_board;
