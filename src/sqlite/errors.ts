/** SQLite's primary result codes (https://sqlite.org/rescode.html), as far as something follows from them. */
export const sqliteCodes = {
  error: 1,
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const

/** The primary result code of what a statement threw; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null | undefined)?.errcode
  // The upper bits say more of it than is asked for anywhere.
  return typeof code === 'number' ? code & 0xff : undefined
}

/** Whether an error says that pages of the file are damaged, or that it is no database. */
export function isCorruption(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === sqliteCodes.corrupt || code === sqliteCodes.notADatabase
}

/** Whether an error says that somebody else has locked the database for longer than was waited. */
export const isBusy = (error: unknown): boolean => sqliteCode(error) === sqliteCodes.busy
