import type { Line } from '../dialogue.ts'

/**
 * An error and its cure: a name, what was run, what it printed, the way to success, which of its steps an answer must name, and
 * the error as another project meets it.
 */
export type Row = readonly [name: string, run: string, printed: string, cure: readonly Line[], key: string, again: string]

export const bash = (command: string, output = '', exit = 0): Line => ['bash', command, output, exit]
export const edit = (path: string): Line => ['edit', path]
