-- A board goes out to the connections of a shard page by page, in the order of their ids.
create index connections_in_order on connections (shard, connection_id);
drop index connections_of_shard;
