/** A project, and what belongs to it, as 1.18 and 2.0 have them. */
const projects = `
CREATE TABLE project (id text PRIMARY KEY, worktree text NOT NULL, vcs text, name text, icon_url text, icon_url_override text, icon_color text,
  time_created integer NOT NULL, time_updated integer NOT NULL, time_initialized integer, sandboxes text NOT NULL, commands text,
  time_active integer DEFAULT 0 NOT NULL);
CREATE TABLE project_directory (project_id text NOT NULL REFERENCES project(id) ON DELETE CASCADE, directory text NOT NULL, type text,
  strategy text, time_created integer NOT NULL, PRIMARY KEY (project_id, directory));
CREATE TABLE permission (id text PRIMARY KEY, project_id text NOT NULL REFERENCES project(id) ON DELETE CASCADE, action text NOT NULL,
  resource text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL);
CREATE TABLE event_sequence (aggregate_id text PRIMARY KEY, seq integer NOT NULL, owner_id text);`

const session = `project_id text NOT NULL REFERENCES project(id) ON DELETE CASCADE, workspace_id text, parent_id text,
  slug text NOT NULL, directory text NOT NULL, path text, version text NOT NULL, share_url text,
  summary_additions integer, summary_deletions integer, summary_files integer, summary_diffs text, metadata text,
  cost real DEFAULT 0 NOT NULL, tokens_input integer DEFAULT 0 NOT NULL, tokens_output integer DEFAULT 0 NOT NULL,
  tokens_reasoning integer DEFAULT 0 NOT NULL, tokens_cache_read integer DEFAULT 0 NOT NULL, tokens_cache_write integer DEFAULT 0 NOT NULL,
  revert text, permission text, agent text, model text, time_created integer NOT NULL, time_updated integer NOT NULL,
  time_compacting integer, time_archived integer`

const ofSession = (owner: string) => `session_id text NOT NULL REFERENCES ${owner}(id) ON DELETE CASCADE`

/** Messages of 2.x, and of its previews in a database of 1.x. */
const messages = (owner: string) => `
CREATE TABLE session_message (id text PRIMARY KEY, ${ofSession(owner)}, type text NOT NULL, seq integer NOT NULL,
  time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
CREATE INDEX session_message_session_seq_idx ON session_message (session_id, seq);`

/** The tables of sessions as 1.18.34 makes them. */
const v1 = `${projects}
CREATE TABLE session (id text PRIMARY KEY, title text NOT NULL, ${session});
CREATE TABLE message (id text PRIMARY KEY, ${ofSession('session')}, time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL REFERENCES message(id) ON DELETE CASCADE, session_id text NOT NULL,
  time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
CREATE TABLE todo (${ofSession('session')}, content text NOT NULL, status text NOT NULL, priority text NOT NULL, position integer NOT NULL,
  time_created integer NOT NULL, time_updated integer NOT NULL, PRIMARY KEY (session_id, position));
CREATE TABLE session_input (id text PRIMARY KEY, ${ofSession('session')}, prompt text NOT NULL, delivery text NOT NULL,
  admitted_seq integer NOT NULL, promoted_seq integer, time_created integer NOT NULL);
CREATE TABLE session_context_epoch (session_id text PRIMARY KEY REFERENCES session(id) ON DELETE CASCADE, baseline text NOT NULL,
  snapshot text NOT NULL, baseline_seq integer NOT NULL);
${messages('session')}
CREATE INDEX message_session_time_created_id_idx ON message (session_id, time_created, id);
CREATE INDEX part_message_id_id_idx ON part (message_id, id);
CREATE INDEX part_session_idx ON part (session_id);`

/** Those of 2.0.26. */
const v2 = `${projects}
CREATE TABLE worktree (project_id text NOT NULL, directory text NOT NULL, strategy text, time_created integer NOT NULL,
  PRIMARY KEY (project_id, directory));
CREATE TABLE session_v2 (id text PRIMARY KEY, title text, ${session}, fork_session_id text, fork_boundary text, time_suspended integer,
  resume_attempts integer DEFAULT 0 NOT NULL, time_idle integer, time_viewed integer, idle_outcome text);
CREATE TABLE session_inbox (id text PRIMARY KEY, ${ofSession('session_v2')}, type text NOT NULL, payload text NOT NULL,
  delivery text NOT NULL, enqueued_seq integer NOT NULL, time_created integer NOT NULL);
CREATE TABLE session_pending (id text PRIMARY KEY, ${ofSession('session_v2')}, type text NOT NULL, data text NOT NULL, delivery text,
  admitted_seq integer NOT NULL, time_created integer NOT NULL);
CREATE TABLE instruction_entry (${ofSession('session_v2')}, key text NOT NULL, value text, removed integer DEFAULT 0 NOT NULL,
  time_created integer NOT NULL, time_updated integer NOT NULL, PRIMARY KEY (session_id, key));
CREATE TABLE instruction_state (session_id text PRIMARY KEY REFERENCES session_v2(id) ON DELETE CASCADE, epoch_start integer NOT NULL,
  through_seq integer NOT NULL, initial_values text NOT NULL, current_values text NOT NULL);
${messages('session_v2')}`

/**
 * What makes an empty database to try a restore in: tables of sessions alone, with all columns that releases up to 1.18.34 and
 * 2.0.26 have.
 */
export const drillSchema = { v1, v2 } as const
