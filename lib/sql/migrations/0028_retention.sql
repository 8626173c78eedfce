-- For the deletion of polls some days after their end, of which a webhook warns before.
alter table webhooks
  -- When the warning became due, which is sent once; null before. Then `tries` and `due_at` are about the warning.
  add column warned_at timestamptz,
  -- The poll is not deleted before.
  add column expires_at timestamptz;
create index webhooks_unwarned on webhooks (finalized_at) where warned_at is null and due_at is null;

create index polls_finished on polls (upper(windows)) where is_final;
