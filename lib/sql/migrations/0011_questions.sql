-- Apart from `polls`, whose rows change with their state: a change of a row writes its entries in every index anew, and
-- those of a long question take milliseconds. Meanwhile polls may be read, and voted in.
lock table polls in share row exclusive mode;

create table questions (
  poll_key integer primary key references polls on delete cascade,
  question text not null,
  folded_question text not null generated always as (fold_case(question)) stored
);
insert into questions (poll_key, question) select poll_key, question from polls order by poll_key;
create index questions_by_pieces on questions using gin (pieces(folded_question, 1));
analyze questions;

-- With their index `polls_by_pieces`.
alter table polls drop column folded_question, drop column question;
