// Loaded before a program (`node --import`), which then ends as by a power cut, right before its n-th change of a file or a
// database: `OCVAULT_DIE_AT`. It counts the changes, and leaves their number where `OCVAULT_CHANGES` says. A moment of time would
// mean another state on every machine; a change means the same on all.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { isMainThread } from 'node:worker_threads'

const { OCVAULT_DIE_AT, OCVAULT_CHANGES } = process.env
const last = Number(OCVAULT_DIE_AT ?? Number.POSITIVE_INFINITY)
const { writeFileSync } = fs
let changes = 0

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Counts the calls of a method; not those that `changes` says change nothing. */
function count(owner: object, name: string, isChange: (args: readonly unknown[]) => boolean = () => true): void {
  const methods = owner as Record<string, Method>
  const original = methods[name]!
  methods[name] = function (...args) {
    if (isChange(args) && ++changes === last) {
      process.kill(process.pid, 'SIGKILL')
      for (;;); // it does not come any further, however late the signal
    }
    return original.apply(this, args)
  }
}

const opensToWrite = ([, flags]: readonly unknown[]) =>
  typeof flags === 'number' ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0 : /[wax+]/.test(String(flags ?? 'r'))

if (isMainThread) {
  count(fs, 'openSync', opensToWrite)
  for (const name of ['writeSync', 'writeFileSync', 'ftruncateSync', 'renameSync', 'linkSync', 'symlinkSync', 'copyFileSync'])
    count(fs, name)
  for (const name of ['unlinkSync', 'rmSync', 'rmdirSync', 'mkdirSync', 'chmodSync', 'utimesSync']) count(fs, name)
  count(DatabaseSync.prototype, 'exec')
  count(StatementSync.prototype, 'run')
  syncBuiltinESMExports()
  if (OCVAULT_CHANGES) process.on('exit', () => writeFileSync(OCVAULT_CHANGES, String(changes)))
}
