-- Records of `votes` that were set aside and then sent again, by where they stood when they were set aside: offsets
-- alone would not do, since a rebuilt broker starts them at 0 again.
create table redriven_votes (
  append_time bigint not null,
  partition integer not null,
  log_offset bigint not null,
  redriven_at timestamptz not null default now(),
  primary key (append_time, partition, log_offset)
);
