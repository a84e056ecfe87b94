/**
 * The tables and indexes of a fresh 2.x database beside the shared ones; nobody could run 2.x here, so this follows its
 * documented schema.
 */
export const schemaV2 = `
ALTER TABLE project ADD time_active integer DEFAULT 0 NOT NULL;
CREATE TABLE event (
  id text PRIMARY KEY,
  aggregate_id text NOT NULL REFERENCES event_sequence(aggregate_id) ON DELETE CASCADE,
  seq integer NOT NULL,
  type text NOT NULL,
  data text NOT NULL,
  created integer DEFAULT 0 NOT NULL
);
CREATE TABLE workspace (id text PRIMARY KEY, provider text NOT NULL, binding text, created_at integer NOT NULL,
  last_used_at integer NOT NULL);
CREATE TABLE worktree (
  project_id text NOT NULL,
  directory text NOT NULL,
  strategy text,
  time_created integer NOT NULL,
  PRIMARY KEY(project_id, directory)
);
CREATE TABLE kv (key text PRIMARY KEY, value text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL);
CREATE TABLE session_v2 (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES project(id) ON DELETE CASCADE,
  workspace_id text,
  parent_id text,
  fork_session_id text,
  fork_boundary text,
  slug text NOT NULL,
  directory text NOT NULL,
  path text,
  title text,
  version text NOT NULL,
  share_url text,
  summary_additions integer,
  summary_deletions integer,
  summary_files integer,
  summary_diffs text,
  metadata text,
  cost real DEFAULT 0 NOT NULL,
  tokens_input integer DEFAULT 0 NOT NULL,
  tokens_output integer DEFAULT 0 NOT NULL,
  tokens_reasoning integer DEFAULT 0 NOT NULL,
  tokens_cache_read integer DEFAULT 0 NOT NULL,
  tokens_cache_write integer DEFAULT 0 NOT NULL,
  revert text,
  permission text,
  agent text,
  model text,
  time_created integer NOT NULL,
  time_updated integer NOT NULL,
  time_idle integer,
  time_viewed integer,
  idle_outcome text,
  time_compacting integer,
  time_archived integer,
  time_suspended integer,
  resume_attempts integer DEFAULT 0 NOT NULL
);
CREATE TABLE session_message (
  id text PRIMARY KEY,
  session_id text NOT NULL REFERENCES session_v2(id) ON DELETE CASCADE,
  type text NOT NULL,
  seq integer NOT NULL,
  time_created integer NOT NULL,
  time_updated integer NOT NULL,
  data text NOT NULL
);
CREATE TABLE session_pending (
  id text PRIMARY KEY,
  session_id text NOT NULL REFERENCES session_v2(id) ON DELETE CASCADE,
  type text NOT NULL,
  data text NOT NULL,
  delivery text,
  admitted_seq integer NOT NULL,
  time_created integer NOT NULL
);
CREATE TABLE session_inbox (
  id text PRIMARY KEY,
  session_id text NOT NULL REFERENCES session_v2(id) ON DELETE CASCADE,
  type text NOT NULL,
  payload text NOT NULL,
  delivery text NOT NULL,
  enqueued_seq integer NOT NULL,
  time_created integer NOT NULL
);
CREATE TABLE instruction_blob (hash text PRIMARY KEY, value text);
CREATE TABLE instruction_entry (
  session_id text NOT NULL REFERENCES session_v2(id) ON DELETE CASCADE,
  key text NOT NULL,
  value text,
  removed integer DEFAULT false NOT NULL,
  time_created integer NOT NULL,
  time_updated integer NOT NULL,
  PRIMARY KEY(session_id, key)
);
CREATE TABLE instruction_state (
  session_id text PRIMARY KEY REFERENCES session_v2(id) ON DELETE CASCADE,
  epoch_start integer NOT NULL,
  through_seq integer NOT NULL,
  initial_values text NOT NULL,
  current_values text NOT NULL
);
CREATE UNIQUE INDEX event_aggregate_seq_idx ON event (aggregate_id,seq);
CREATE INDEX event_aggregate_type_seq_idx ON event (aggregate_id,type,seq);
CREATE UNIQUE INDEX session_message_session_seq_idx ON session_message (session_id,seq);
CREATE INDEX session_message_session_type_seq_idx ON session_message (session_id,type,seq);
CREATE INDEX session_message_session_time_created_id_idx ON session_message (session_id,time_created,id);
CREATE INDEX session_message_time_created_idx ON session_message (time_created);
CREATE INDEX session_v2_project_idx ON session_v2 (project_id);
CREATE INDEX session_v2_workspace_idx ON session_v2 (workspace_id);
CREATE INDEX session_v2_parent_idx ON session_v2 (parent_id);
CREATE INDEX session_v2_time_suspended_idx ON session_v2 (time_suspended) WHERE time_suspended IS NOT NULL;
`

/** What 2.x has recorded on top of the migrations of 1.x. */
export const migrationsV2 = `
20260804233008_loose_psylocke
20260805200742_import_legacy_credentials
20260808023530_workspace_domain
20260811161259_execution_claim_attempts
20260812181746_session_inbox
20260812213948_worktree
20260819222447_session_viewed_state
20260823191254_nullable_workspace_binding
20260910120000_clear_v1_session_permission
20260923013825_project_time_active
20261007190000_azure_cli_external_credential
`
  .trim()
  .split('\n')
