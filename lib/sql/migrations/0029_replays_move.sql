-- When a replay last got on: one that was stopped says nothing itself. Those begun before count from this migration.
alter table replays add column moved_at timestamptz not null default now();
