import { CommanderError } from 'commander'
import { safeLine } from '../render/safe-text.ts'
import { type ErrorCode, OcvaultError } from '../stores/errors.ts'
import { exitCode } from './exit-code.ts'
import { createProgram } from './program.ts'

const codes: Record<ErrorCode, number> = {
  failed: exitCode.failed,
  usage: exitCode.usage,
  'not-found': exitCode.notFound,
  refused: exitCode.refused,
}

/** Runs the command line: the one place where errors become exit codes. */
export async function run(argv: readonly string[]): Promise<void> {
  silenceSqliteWarning()
  process.stdout.on('error', quietly)
  try {
    const program = createProgram()
    if (argv.length <= 2) program.outputHelp()
    else await program.parseAsync(argv)
  } catch (error) {
    process.exitCode = report(error)
  }
}

/** A reader that went away (`| head`) ends the output, and is no error. */
function quietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCode.done)
}

function report(error: unknown): number {
  // Commander has already said what is wrong; asking for help or the version is not wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage
  if (process.env.OCVAULT_DEBUG === '1') process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  const known = error instanceof OcvaultError
  const message = known
    ? error.message
    : `unexpected ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
  // A message may quote ids and paths, which come from a store.
  process.stderr.write(`ocvault: ${safeLine(message)}${known ? '' : ' (OCVAULT_DEBUG=1 shows where)'}\n`)
  return known ? codes[error.code] : exitCode.failed
}

/** Node 22 calls its SQLite experimental on every start; nothing a user could act on. */
function silenceSqliteWarning(): void {
  const emit = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) Reflect.apply(emit, process, [warning, ...rest])
  }) as typeof process.emitWarning
}
