import { createContext, Script } from 'node:vm'
import { OcvaultError } from '../../base/errors.ts'

/** How many sessions are read between two looks at the clock. */
export const readTogether = 64

/** How long a person's regular expression may take for so many sessions. JavaScript's engine backtracks: it can take for ever. */
const regexLimitMs = 5000

const sandbox: { run: () => void } = createContext({ run: () => {} }) as never
const script = new Script('run()')

/**
 * Runs until the time is over: V8 looks at its clock while an expression backtracks.
 * @throws OcvaultError `usage`
 */
export function withinTime(run: () => void): void {
  sandbox.run = run
  try {
    script.runInContext(sandbox, { timeout: regexLimitMs })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    const reason = `the regular expression takes more than ${regexLimitMs / 1000} s for ${readTogether} sessions; make it simpler: nested repetitions like (a+)+ take for ever`
    throw new OcvaultError('usage', reason, { cause: error })
  }
}
