import { CommanderError } from 'commander'
import { type ErrorCode, OcvaultError } from '../base/errors.ts'
import { exitCode } from './exit-code.ts'
import { createProgram } from './program.ts'
import { removeUnfinishedOnSignals } from './signals.ts'

const codes: Record<ErrorCode, number> = {
  failed: exitCode.failed,
  usage: exitCode.usage,
  'not-found': exitCode.notFound,
  refused: exitCode.refused,
}

/** Runs the command line: the one place where errors become exit codes. */
export async function run(argv: readonly string[]): Promise<void> {
  silenceNode()
  process.stdout.on('error', outputFailed)
  removeUnfinishedOnSignals()
  try {
    const program = createProgram(argv[2])
    if (argv.length <= 2) program.outputHelp()
    else await program.parseAsync(argv)
  } catch (error) {
    process.exitCode = await report(error)
  }
}

/** A reader that went away (`| head`) ends the output, and is no error; a full disk is one. */
function outputFailed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCode.done)
  process.stderr.write(`ocvault: cannot write the output: ${error.message}\n`)
  process.exit(exitCode.failed)
}

async function report(error: unknown): Promise<number> {
  // Commander has already said what is wrong; asking for help or the version is not wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage
  if (process.env.OCVAULT_DEBUG === '1') process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  const known = error instanceof OcvaultError
  const message = known
    ? error.message
    : `unexpected ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
  // A message may quote ids and paths, which come from a store. Loaded here, because most runs have nothing to report.
  const [{ safeLine }, { advised }] = await Promise.all([import('../render/safe-text.ts'), import('./hints.ts')])
  process.stderr.write(
    `ocvault: ${safeLine(advised(message, known ? error.hint : undefined))}${known ? '' : ' (OCVAULT_DEBUG=1 shows where)'}\n`,
  )
  return known ? codes[error.code] : exitCode.failed
}

/**
 * Warnings of Node itself that no user could act on: 22 calls its SQLite experimental on every start, and 24 says that NO_COLOR
 * is ignored where FORCE_COLOR is set too, which is not so here.
 */
const silenced = /^(SQLite is an experimental feature|The 'NO_COLOR' env is ignored)/

function silenceNode(): void {
  const emit = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!silenced.test(String(warning))) Reflect.apply(emit, process, [warning, ...rest])
  }) as typeof process.emitWarning
}
