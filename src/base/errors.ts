/** What went wrong, in a word that decides the exit code. */
export type ErrorCode = 'failed' | 'usage' | 'not-found' | 'refused'

/**
 * What a person can do next. It is data, because each front end has its own words for it: a flag, a button, or nothing at all.
 *
 * `all-projects`, `list`: look at the sessions of all projects, at all there are · `where`: ask what is damaged · `force`:
 * replace what is there · `root`: name a place to write into · `areas`: choose where words stand by an option of the search ·
 * `key`: give the key of an encrypted archive · `verify`: see what an archive holds · `export-file`: write a file instead of
 * sharing through git · `export-to-import`: export for OpenCode instead of for reading · `export`: write files for OpenCode's own
 * import · `import`: take the file in as an import · `save`, `save-again`: save a session, or once more over what is there ·
 * `undo-anyway`: take a change back although it was changed since · `bring-back`: save a session again that was taken out for
 * everybody · `undo-or-repeat`: take back what was done of a change that stopped, or go on with it · `export-files`: write
 * several files instead of one · `changes`: see what can be taken back · `saved`: see what is saved · `serve-team`: say under
 * which address a server is seen, and by which token · `relink-anyway`: write a place that is not there · `deleted`: see what
 * was deleted and can be had back · `storage-keys`: see which keys there are
 */
export type Hint =
  | 'all-projects'
  | 'list'
  | 'where'
  | 'force'
  | 'root'
  | 'areas'
  | 'key'
  | 'export-file'
  | 'export-to-import'
  | 'export'
  | 'export-files'
  | 'changes'
  | 'deleted'
  | 'saved'
  | 'relink-anyway'
  | 'import'
  | 'save'
  | 'save-again'
  | 'undo-or-repeat'
  | 'bring-back'
  | 'serve-team'
  | 'storage-keys'
  | { readonly name: 'verify'; readonly archive: string }
  | { readonly name: 'undo-anyway'; readonly change: string }

interface OcvaultErrorOptions extends ErrorOptions {
  readonly hint?: Hint | undefined
}

/** An error with a message for a person: what happened and where, in one line; the hint says what to do. */
export class OcvaultError extends Error {
  override readonly name: string = 'OcvaultError'
  readonly code: ErrorCode
  readonly hint: Hint | undefined

  constructor(code: ErrorCode, message: string, options?: OcvaultErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = options?.hint
  }
}

/** The hint of anything that was thrown, as a field for whoever passes the error on as data; no field where there is none. */
export function hintOf(error: unknown): { readonly hint?: Hint } {
  return error instanceof OcvaultError && error.hint !== undefined ? { hint: error.hint } : {}
}

/** The message of anything that was thrown, in one line: that of a parser shows a piece of the text. */
export function reasonOf(error: unknown): string {
  const words = (error instanceof Error ? error.message : String(error)).replace(/\s*[\r\n]+\s*/g, ' ')
  return isForbidden(error) ? `no permission (${words})` : words
}

const isForbidden = (error: unknown) => error instanceof Error && 'code' in error && /^E(ACCES|PERM)$/.test(String(error.code))

/** A store was changed while one state of it was to be read. */
export class StoreChanged extends OcvaultError {
  constructor(path: string, cause?: unknown) {
    super('failed', `${path} changed while it was read; try again`, { cause })
  }
}
