/** Grows with every change of what is stored or how text is cut: an index of another format is made anew. */
export const format = '7'

/** Each unit has eight row ids in the full-text table, one for each field. */
export const rowsPerUnit = 8

export const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE session (
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent TEXT, project TEXT, directory TEXT, updated REAL NOT NULL, archived INTEGER NOT NULL,
  first INTEGER NOT NULL, units INTEGER NOT NULL, room INTEGER NOT NULL, messages INTEGER NOT NULL, mark TEXT NOT NULL, problems TEXT NOT NULL,
  message_marks TEXT NOT NULL, outline TEXT NOT NULL, message_ids TEXT NOT NULL
);
CREATE INDEX session_first ON session (first, room);
CREATE INDEX session_problems ON session (id) WHERE problems <> '';
CREATE TABLE directory (chunk INTEGER PRIMARY KEY, sessions INTEGER NOT NULL, numbers BLOB NOT NULL, ids TEXT NOT NULL);
CREATE TABLE origin (no INTEGER PRIMARY KEY, project TEXT, directory TEXT);
CREATE TABLE unit (chunk INTEGER PRIMARY KEY, starts BLOB NOT NULL, combinations BLOB NOT NULL, sizes BLOB NOT NULL);
CREATE TABLE combination (
  no INTEGER PRIMARY KEY, role TEXT NOT NULL, kind TEXT NOT NULL, agent TEXT NOT NULL, model TEXT NOT NULL, tool TEXT NOT NULL, field INTEGER NOT NULL
);
CREATE VIRTUAL TABLE text USING fts5(body, content='', contentless_delete=1, tokenize='ascii');
CREATE TABLE word (word TEXT PRIMARY KEY) WITHOUT ROWID;
`
