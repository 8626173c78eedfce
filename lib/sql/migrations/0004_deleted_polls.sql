-- Polls that are gone, of which something is still to be done.
create table deleted_polls (
  -- No other poll ever gets it, and its votes are still under it.
  poll_key integer primary key,
  poll_id uuid not null,
  deleted_at timestamptz not null default now(),
  -- The fan-out was told.
  is_announced boolean not null default false
);
