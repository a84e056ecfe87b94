/** Tables that 1.18 and 2.x have alike, as 1.18.33 creates them: same columns, constraints and order. */
export const sharedTables = `
CREATE TABLE account_state (
  id integer PRIMARY KEY,
  active_account_id text,
  active_org_id text,
  CONSTRAINT fk_account_state_active_account_id_account_id_fk
    FOREIGN KEY (active_account_id) REFERENCES account(id) ON DELETE SET NULL
);
CREATE TABLE account (
  id text PRIMARY KEY,
  email text NOT NULL,
  url text NOT NULL,
  access_token text NOT NULL,
  refresh_token text NOT NULL,
  token_expiry integer,
  time_created integer NOT NULL,
  time_updated integer NOT NULL
);
CREATE TABLE control_account (
  email text NOT NULL,
  url text NOT NULL,
  access_token text NOT NULL,
  refresh_token text NOT NULL,
  token_expiry integer,
  active integer NOT NULL,
  time_created integer NOT NULL,
  time_updated integer NOT NULL,
  CONSTRAINT control_account_pk PRIMARY KEY(email, url)
);
CREATE TABLE credential (
  id text PRIMARY KEY,
  integration_id text,
  label text NOT NULL,
  value text NOT NULL,
  connector_id text,
  method_id text,
  active integer,
  time_created integer NOT NULL,
  time_updated integer NOT NULL
);
CREATE TABLE event_sequence (
  aggregate_id text PRIMARY KEY,
  seq integer NOT NULL,
  owner_id text
);
CREATE TABLE permission (
  id text PRIMARY KEY,
  project_id text NOT NULL,
  action text NOT NULL,
  resource text NOT NULL,
  time_created integer NOT NULL,
  time_updated integer NOT NULL,
  CONSTRAINT fk_permission_project_id_project_id_fk FOREIGN KEY (project_id) REFERENCES project(id) ON DELETE CASCADE
);
CREATE TABLE project_directory (
  project_id text NOT NULL,
  directory text NOT NULL,
  type text,
  strategy text,
  time_created integer NOT NULL,
  CONSTRAINT project_directory_pk PRIMARY KEY(project_id, directory),
  CONSTRAINT fk_project_directory_project_id_project_id_fk FOREIGN KEY (project_id) REFERENCES project(id) ON DELETE CASCADE
);
CREATE TABLE project (
  id text PRIMARY KEY,
  worktree text NOT NULL,
  vcs text,
  name text,
  icon_url text,
  icon_url_override text,
  icon_color text,
  time_created integer NOT NULL,
  time_updated integer NOT NULL,
  time_initialized integer,
  sandboxes text NOT NULL,
  commands text
);
CREATE UNIQUE INDEX permission_project_action_resource_idx ON permission (project_id,action,resource);
CREATE TABLE migration (id TEXT PRIMARY KEY, time_completed INTEGER NOT NULL);
`

/** The migrations that a database of 1.17.13 to 1.19 has recorded. */
export const migrationsV1 = `
20260127222353_familiar_lady_ursula
20260211171708_add_project_commands
20260213144116_wakeful_the_professor
20260225215848_workspace
20260227213759_add_session_workspace_id
20260228203230_blue_harpoon
20260303231226_add_workspace_fields
20260309230000_move_org_to_state
20260312043431_session_message_cursor
20260323234822_events
20260410174513_workspace-name
20260413175956_chief_energizer
20260423070820_add_icon_url_override
20260427172553_slow_nightmare
20260428004200_add_session_path
20260501142318_next_venus
20260504145000_add_sync_owner
20260507164347_add_workspace_time
20260510033149_session_usage
20260511000411_data_migration_state
20260511173437_session-metadata
20260601010001_normalize_storage_paths
20260601202201_amazing_prowler
20260602002951_lowly_union_jack
20260602182828_add_project_directories
20260603001617_session_message_projection_indexes
20260603040000_session_message_projection_order
20260603141458_session_input_inbox
20260603160727_jittery_ezekiel_stane
20260604172448_event_sourced_session_input
20260605003541_add_session_context_snapshot
20260605042240_add_context_epoch_agent
20260611035744_credential
20260611192811_lush_chimera
20260612174303_project_dir_strategy
20260622142730_simplify_session_context_epoch
20260622170816_reset_v2_session_state
20260622202450_simplify_session_input
`
  .trim()
  .split('\n')
