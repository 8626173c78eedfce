-- Creations of polls that their clients gave a name (Idempotency-Key), for a day: asked again, they are answered
-- as before, also when the poll has been changed or deleted meanwhile.
create table creations (
  -- SHA-256 of the name: nobody who reads this can ask in its name for the poll's owner token.
  key_hash bytea primary key,
  -- SHA-256 of what was asked for, normalised.
  request_hash bytea not null,
  -- The poll as it was made. Its owner's token follows from its id.
  poll jsonb not null,
  created_at timestamptz not null
);
create index creations_by_age on creations (created_at);
