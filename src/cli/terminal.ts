import type { Writable } from 'node:stream'
import type { Problem } from '../base/problems.ts'
import { safeLine } from '../render/safe-text.ts'
import { createStyle, type Style } from '../render/terminal/style.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { CommonFlags } from './common-flags.ts'
import { exitCode } from './exit-code.ts'

/** Whether a stream gets colours: only a terminal does, unless FORCE_COLOR says so; NO_COLOR and --no-color win. */
export function styleFor(stream: NodeJS.WriteStream, flags: CommonFlags): Style {
  if (!flags.color || process.env.NO_COLOR) return createStyle(false)
  return createStyle(Boolean(stream.isTTY) || Boolean(process.env.FORCE_COLOR && process.env.FORCE_COLOR !== '0'))
}

/** Cells of the terminal that stdout goes to; Infinity for a pipe or a file, where nothing is wrapped or cut. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY
}

/** The same for text to read: long lines tire, however wide the terminal is. */
export function readingWidth(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? Math.min(widthOf(stream), 120) : Number.POSITIVE_INFINITY
}

/** How much text is collected for one write to a pipe or a file; a person gets every line at once. */
const bufferSize = 65_536

/** Writes as fast as the reader reads, so that what waits to be written does not pile up in memory. */
export class Output {
  readonly #stream: Writable
  readonly #buffer: number
  #waiting = ''

  constructor(stream: Writable = process.stdout, toPerson = process.stdout.isTTY) {
    this.#stream = stream
    this.#buffer = toPerson ? 0 : bufferSize
  }

  /** Resolves when more may be written; there is nothing to await (undefined) while text is collected. */
  write(text: string): Promise<void> | undefined {
    this.#waiting += text
    return this.#waiting.length > this.#buffer ? this.flush() : undefined
  }

  async flush(): Promise<void> {
    const text = this.#waiting
    this.#waiting = ''
    if (text === '' || this.#stream.write(text)) return
    // One that is closed already tells nothing any more.
    if (!this.#stream.destroyed) await drained(this.#stream)
  }
}

/** When a stream takes more, or its reader has gone for good. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error']
    const done = () => {
      for (const event of events) stream.off(event, done)
      resolve()
    }
    for (const event of events) stream.on(event, done)
  })
}

/** A line for a person, on stderr; only where one is looking. */
export function hint(text: string, flags: CommonFlags): void {
  if (process.stderr.isTTY && process.stdout.isTTY && !flags.quiet)
    process.stderr.write(`${styleFor(process.stderr, flags).dim(text)}\n`)
}

/** Says in a line which remembered archives are not there: an unplugged disk is no error. */
export function reportAway(problems: readonly Problem[], flags: CommonFlags): void {
  if (flags.quiet) return
  for (const { path, reason } of problems.filter(({ kind }) => kind === 'away')) {
    const line = `ocvault: the archive ${safeLine(path)} is left out: ${safeLine(reason)}`
    process.stderr.write(`${styleFor(process.stderr, flags).dim(line)}\n`)
  }
}

/**
 * Names everything that could not be read, each once, and sets the exit code that says so.
 * @param copies whether what was asked for holds records as they are stored: what is too long to be shown whole is in it
 */
export function reportProblems(catalog: Catalog, copies = false): void {
  const missing = catalog.problems().filter(({ kind }) => kind === 'unreadable' || (kind === 'long' && !copies))
  for (const { path, reason } of missing) process.stderr.write(`ocvault: could not read ${safeLine(path)}: ${safeLine(reason)}\n`)
  if (missing.length > 0) process.exitCode = exitCode.incomplete
}
