-- Folding takes most of the time that looking for a text in a question takes, so it is done once.
alter table polls add column folded_question text not null generated always as (fold_case(question)) stored;
