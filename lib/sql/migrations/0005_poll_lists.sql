-- The same for texts that differ only in case, whatever the database's own locale knows: ẞ is ß is SS, and a final
-- sigma is a sigma.
create function fold_case(given text) returns text immutable strict parallel safe language sql
  return translate(lower(upper(lower(given collate "und-x-icu"))), 'ς', 'σ');

-- Every piece of a text of so many characters, up to three. pg_trgm would leave out what is no letter, and has
-- nothing to look up for the two characters that make a word in Chinese or Japanese. The cost keeps the planner
-- from cutting up a text that it can compare instead.
create function pieces(folded text, shortest integer) returns text[] immutable strict parallel safe cost 500
  language sql
  return array(
    select distinct substr(folded, at, size)
    from generate_series(shortest, 3) as size, generate_series(1, length(folded) - size + 1) as at
  );

create index polls_by_pieces on polls using gin (pieces(fold_case(question), 1));

-- Polls that are final pile up, so those that are not are listed without passing them.
create index polls_listed on polls (is_final, poll_id);
-- The few that are yet to open, among many that are open.
create index polls_opening on polls (opens_at) where opens_at is not null and not is_final;
