/** What went wrong, in a word that decides the exit code. */
export type ErrorCode = 'failed' | 'usage' | 'not-found' | 'refused'

/** An error with a message for a person: what happened, where, and what to do, in one line. */
export class OcvaultError extends Error {
  override readonly name = 'OcvaultError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The message of anything that was thrown, in one line: that of a parser shows a piece of the text. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*[\r\n]+\s*/g, ' ')
}

/** A store was changed while one state of it was to be read. */
export class StoreChanged extends OcvaultError {
  constructor(path: string, cause?: unknown) {
    super('failed', `${path} changed while it was read; try again`, { cause })
  }
}
