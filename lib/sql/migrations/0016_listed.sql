-- False: the poll is in no list, search or leaderboard.
alter table polls add column is_listed boolean not null default true;

-- Lists never pass polls that they leave out, however many there are.
drop index polls_listed;
create index polls_listed on polls (is_final, poll_id) where is_listed;
create index polls_listed_of_any_status on polls (poll_id) where is_listed;

update creations set poll = poll || '{"isListed": true}';
