create table boards (
  shard smallint not null,
  version bigint not null,
  posted_version bigint not null,
  entries jsonb not null,
  due_at timestamp with time zone,
  saved_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  PRIMARY KEY (shard)
);

create table connections (
  connection_id text not null,
  shard smallint not null,
  connected_at timestamp with time zone not null default now(),
  board_due_at timestamp with time zone default now(),
  is_told_to_reconnect boolean not null default false,
  wants_board boolean not null default true,
  PRIMARY KEY (connection_id)
);
CREATE INDEX connections_awaiting_board ON public.connections USING btree (shard, board_due_at) WHERE (board_due_at IS NOT NULL);
CREATE INDEX connections_by_age ON public.connections USING btree (connected_at);
CREATE INDEX connections_in_order ON public.connections USING btree (shard, connection_id) WHERE wants_board;

create table creation_keys (
  creation_key integer not null generated always as identity,
  key_id uuid not null,
  name text not null,
  max_open_polls integer not null,
  max_per_minute integer not null,
  created_at timestamp with time zone not null default now(),
  revoked_at timestamp with time zone,
  minute_began timestamp with time zone not null default '-infinity'::timestamp with time zone,
  minute_count integer not null default 0,
  CHECK ((max_open_polls > 0)),
  CHECK ((max_per_minute > 0)),
  PRIMARY KEY (creation_key),
  UNIQUE (key_id)
);
CREATE UNIQUE INDEX creation_keys_in_force ON public.creation_keys USING btree (name) WHERE (revoked_at IS NULL);

create table creations (
  key_hash bytea not null,
  request_hash bytea not null,
  poll jsonb not null,
  created_at timestamp with time zone not null,
  PRIMARY KEY (key_hash)
);
CREATE INDEX creations_by_age ON public.creations USING btree (created_at);

create table deleted_polls (
  poll_key integer not null,
  poll_id uuid not null,
  deleted_at timestamp with time zone not null default now(),
  is_announced boolean not null default false,
  PRIMARY KEY (poll_key)
);
CREATE INDEX deleted_polls_unannounced ON public.deleted_polls USING btree (poll_key) WHERE (NOT is_announced);

create table former_polls (
  poll_id uuid not null,
  deleted_at timestamp with time zone not null,
  PRIMARY KEY (poll_id)
);
CREATE INDEX former_polls_by_age ON public.former_polls USING btree (deleted_at);

create table last_mark (
  mark bigint not null,
  is_only boolean not null default true,
  CHECK (is_only),
  PRIMARY KEY (is_only)
);

create table options (
  poll_key integer not null,
  position smallint not null,
  option_id uuid not null,
  option_text text not null,
  FOREIGN KEY (poll_key) REFERENCES polls(poll_key) ON DELETE CASCADE,
  PRIMARY KEY (poll_key, "position")
);

create table partition_progress (
  partition integer not null,
  append_time bigint not null,
  log_offset bigint not null,
  mark bigint not null default 0,
  marked_at bigint not null default 0,
  PRIMARY KEY (partition)
);

create table polls (
  poll_key integer not null generated always as identity,
  poll_id uuid not null,
  option_count smallint not null,
  max_choices smallint not null,
  allow_change boolean not null,
  results_visibility text not null,
  created_at timestamp with time zone not null,
  opens_at timestamp with time zone,
  expired_at timestamp with time zone not null,
  windows tstzmultirange not null,
  state_version bigint not null default 1,
  is_closed boolean not null default false,
  is_final boolean not null default false,
  windows_from timestamp with time zone,
  code text not null default draw_poll_code(),
  is_listed boolean not null default true,
  wording integer not null default 0,
  words_from bigint,
  creation_key integer,
  final_mark bigint,
  CHECK (((max_choices >= 1) AND (max_choices <= option_count))),
  CHECK (((option_count >= 2) AND (option_count <= 50))),
  CHECK ((NOT isempty(windows))),
  CHECK ((code ~ '^[0-9A-HJKMNP-TV-Z]{6}$'::text)),
  CHECK ((results_visibility = ANY (ARRAY['always'::text, 'after_vote'::text, 'after_close'::text]))),
  PRIMARY KEY (poll_key),
  UNIQUE (code),
  UNIQUE (poll_id)
) with (fillfactor=75);
CREATE INDEX polls_finished ON public.polls USING btree (upper(windows)) WHERE is_final;
CREATE INDEX polls_listed ON public.polls USING btree (is_final, poll_id) WHERE is_listed;
CREATE INDEX polls_listed_of_any_status ON public.polls USING btree (poll_id) WHERE is_listed;
CREATE INDEX polls_of_creation_keys ON public.polls USING btree (creation_key, upper(windows)) WHERE (creation_key IS NOT NULL);
CREATE INDEX polls_opening ON public.polls USING btree (opens_at) WHERE ((opens_at IS NOT NULL) AND (NOT is_final));
CREATE INDEX polls_unfinished ON public.polls USING btree (upper(windows)) WHERE (NOT is_final);
CREATE CONSTRAINT TRIGGER windows_change_ahead AFTER UPDATE OF windows ON public.polls DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.windows IS DISTINCT FROM new.windows)) EXECUTE FUNCTION refuse_late_windows();
CREATE TRIGGER polls_unannounced AFTER UPDATE OF state_version ON public.polls FOR EACH ROW WHEN ((new.state_version > old.state_version)) EXECUTE FUNCTION note_unannounced();

create table questions (
  poll_key integer not null,
  question text not null,
  folded_question text not null generated always as (fold_text(question)) stored,
  FOREIGN KEY (poll_key) REFERENCES polls(poll_key) ON DELETE CASCADE,
  PRIMARY KEY (poll_key)
);
CREATE INDEX questions_by_pieces ON public.questions USING gin (pieces(folded_question, 1));

create table redriven_votes (
  append_time bigint not null,
  partition integer not null,
  log_offset bigint not null,
  redriven_at timestamp with time zone not null default now(),
  PRIMARY KEY (append_time, partition, log_offset)
);

create table replays (
  replay_id integer not null generated always as identity,
  since timestamp with time zone not null,
  moved_at timestamp with time zone not null default now(),
  PRIMARY KEY (replay_id)
);

create table subscriptions (
  connection_id text not null,
  poll_id uuid not null,
  shard smallint not null,
  has_voted boolean not null,
  due_at timestamp with time zone,
  asked_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  receipt text,
  stands_for integer not null default 1,
  is_owner boolean not null default false,
  FOREIGN KEY (connection_id) REFERENCES connections(connection_id) ON DELETE CASCADE,
  PRIMARY KEY (connection_id, poll_id)
);
CREATE INDEX subscriptions_due ON public.subscriptions USING btree (shard, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX subscriptions_for_others ON public.subscriptions USING btree (poll_id) INCLUDE (stands_for) WHERE (stands_for > 1);
CREATE INDEX subscriptions_of_poll ON public.subscriptions USING btree (poll_id, shard);
CREATE INDEX subscriptions_undecided ON public.subscriptions USING btree (shard, poll_id) WHERE (receipt IS NOT NULL);

create table tallies (
  votes bigint not null default 0,
  ballots bigint not null default 0,
  moves bigint not null default 0,
  board_votes bigint not null default 0,
  poll_key integer not null,
  position smallint not null,
  on_board boolean not null,
  is_stale boolean not null default false,
  poll_id uuid not null,
  wording integer not null default 0,
  FOREIGN KEY (poll_key) REFERENCES polls(poll_key) ON DELETE CASCADE,
  PRIMARY KEY (poll_key, "position")
) with (fillfactor=50);
CREATE INDEX tallies_board ON public.tallies USING btree (board_votes DESC, poll_id, "position") WHERE (on_board AND (board_votes > 0) AND (NOT is_stale));
CREATE INDEX tallies_stale ON public.tallies USING btree (poll_key, "position") WHERE is_stale;

create table topic_set (
  is_only boolean not null default true,
  topic_prefix text not null,
  cluster_id text,
  CHECK (is_only),
  PRIMARY KEY (is_only)
);

create table unannounced_polls (
  poll_key integer not null,
  state_version bigint not null,
  announced_version bigint not null,
  FOREIGN KEY (poll_key) REFERENCES polls(poll_key) ON DELETE CASCADE,
  PRIMARY KEY (poll_key)
);

create table unsubscriptions (
  connection_id text not null,
  poll_id uuid not null,
  asked_at timestamp with time zone not null,
  noted_at timestamp with time zone not null default now(),
  PRIMARY KEY (connection_id, poll_id)
);
CREATE INDEX unsubscriptions_by_age ON public.unsubscriptions USING btree (noted_at);

create table votes (
  choices bigint not null,
  accepted_at bigint not null,
  displaced bigint,
  poll_key integer not null,
  voter_key uuid not null,
  PRIMARY KEY (poll_key, voter_key)
);

create table watched_polls (
  poll_id uuid not null,
  shard smallint not null,
  version bigint not null,
  state_version bigint not null,
  status text not null,
  viewers integer not null,
  counted_at timestamp with time zone not null,
  sent_at timestamp with time zone not null default now(),
  due_at timestamp with time zone,
  is_followed boolean not null default false,
  PRIMARY KEY (poll_id, shard)
);
CREATE INDEX watched_polls_due ON public.watched_polls USING btree (shard, due_at) WHERE (due_at IS NOT NULL);

create table webhooks (
  poll_key integer not null,
  url text not null,
  final_version bigint,
  finalized_at timestamp with time zone,
  tries smallint not null default 0,
  due_at timestamp with time zone,
  warned_at timestamp with time zone,
  expires_at timestamp with time zone,
  FOREIGN KEY (poll_key) REFERENCES polls(poll_key) ON DELETE CASCADE,
  PRIMARY KEY (poll_key)
);
CREATE INDEX webhooks_due ON public.webhooks USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX webhooks_unwarned ON public.webhooks USING btree (finalized_at) WHERE ((warned_at IS NULL) AND (due_at IS NULL));
