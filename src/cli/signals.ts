import { removeUnfinished, watchUnfinished } from '../base/unfinished.ts'
import { exitCode } from './exit-code.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * From now on a signal that ends the program leaves nothing half-written behind. It is listened to only while there is
 * something: a command that only reads ends at once, whatever it is doing.
 */
export function removeUnfinishedOnSignals(): void {
  const interrupted = () => {
    removeUnfinished()
    process.exit(exitCode.interrupted)
  }
  watchUnfinished({
    begin: () => signals.forEach((signal) => void process.on(signal, interrupted)),
    end: () => signals.forEach((signal) => void process.off(signal, interrupted)),
  })
}
