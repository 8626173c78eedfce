-- Six characters of Crockford's base 32 that name a poll for people. It sees the codes that its own statement has drawn.
create function draw_poll_code() returns text volatile language plpgsql as $$
declare
  drawn text;
begin
  loop
    select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + floor(random() * 32)::integer, 1), '')
    into drawn from generate_series(1, 6);
    exit when not exists (select from polls where code = drawn);
  end loop;
  return drawn;
end
$$;

alter table polls add column code text constraint polls_code_key unique;
update polls set code = draw_poll_code();
-- The default is for an older version that still creates polls while this one is deployed.
alter table polls
  alter column code set not null,
  alter column code set default draw_poll_code(),
  add constraint polls_code_check check (code ~ '^[0-9A-HJKMNP-TV-Z]{6}$');

-- A repeated creation answers with the code as well.
update creations
set poll = poll || jsonb_build_object(
  'code', coalesce((select code from polls where poll_id = (poll ->> 'id')::uuid), draw_poll_code())
);
