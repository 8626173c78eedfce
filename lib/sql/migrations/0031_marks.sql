-- The number of the last marker that was sent. It rises with the time, so that a restored database goes on above the
-- markers that the log has already.
create table last_mark (
  mark bigint not null,
  is_only boolean primary key default true check (is_only)
);
insert into last_mark (mark) values (0);

-- The highest marker that the partition was counted past, and when it was appended, in milliseconds since 1970.
alter table partition_progress
  add column mark bigint not null default 0,
  add column marked_at bigint not null default 0;

-- Results are final when every partition is counted past a marker with this number or a higher one. Null until the
-- grace period after the end is over.
alter table polls add column final_mark bigint;
