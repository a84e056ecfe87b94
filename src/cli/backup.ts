import manifest from '../../package.json' with { type: 'json' }
import { type BackedUp, backUp } from '../api/backup.ts'
import type { EncryptFor } from '../archive/encrypt.ts'
import { OcvaultError } from '../base/errors.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, dateTime, duration, fileSize, shortPath } from '../render/words.ts'
import { exitCode } from './exit-code.ts'
import { newPassphrase } from './passphrase.ts'
import { ProgressLine } from './progress.ts'
import { selectionOf, withCatalog } from './selection.ts'
import { Output } from './terminal.ts'
import type { BackupFlags } from './verbs/backup.ts'

/** `ocvault backup`. */
export async function backup(text: readonly string[], flags: BackupFlags): Promise<void> {
  keepMemoryLow('roomy')
  if (flags.to !== undefined) return toMirror(text, flags.to, flags)
  if (flags.prune || flags.yes || flags.remember)
    throw new OcvaultError('usage', '--prune, --yes and --remember go with --to DIR')
  const encrypt = await encryptFor(flags)
  const { output, force: replace, withSnapshots: snapshots } = flags
  const request = { ...selectionOf(text, flags), output, replace, snapshots }
  await withCatalog(
    flags,
    async (catalog) => {
      const progress = new ProgressLine(flags)
      const start = performance.now()
      const written = await backUp(catalog, request, {
        tool: `ocvault ${manifest.version}`,
        encrypt,
        onProblem: ({ path: at, reason }) => {
          progress.clear()
          process.stderr.write(`ocvault: could not read ${safeLine(at)}: ${safeLine(reason)}\n`)
          process.exitCode = exitCode.incomplete
        },
        onProgress: (state) => progress.update('backed up', state),
      }).finally(() => progress.clear())
      if (written) await report(written, performance.now() - start, flags)
      else nothing(flags)
    },
    true,
  )
}

/** `--to`: the same sessions as files in a folder. */
async function toMirror(text: readonly string[], to: string, flags: BackupFlags): Promise<void> {
  const { output, force, withSnapshots, encrypt, passphrase } = flags
  if ([output, force, withSnapshots, encrypt, passphrase].some((flag) => flag !== undefined)) {
    throw new OcvaultError(
      'usage',
      '--output, --force, --with-snapshots, --encrypt and --passphrase are for one file, not for --to DIR',
    )
  }
  const { mirror } = await import('./mirror.ts')
  await withCatalog(
    flags,
    async (catalog) => {
      if (!(await mirror(catalog, { ...selectionOf(text, flags), to }, flags))) nothing(flags)
    },
    true,
  )
}

async function encryptFor(flags: BackupFlags): Promise<EncryptFor | undefined> {
  if (flags.encrypt && flags.passphrase) throw new OcvaultError('usage', '--encrypt and --passphrase exclude each other')
  if (flags.passphrase) return { passphrase: await newPassphrase() }
  return flags.encrypt && { recipients: flags.encrypt }
}

async function report(written: BackedUp, took: number, flags: BackupFlags) {
  const { path, bytes, encrypted, time, unpacked, sessions, subagents, messages, parts, copies, files, ...rest } = written
  const summary = { path, bytes, encrypted, time, unpacked, sessions, subagents, messages, parts, copies, files, ...rest }
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(summary, 2)}\n`)
  else for (const line of linesOf(summary, took)) await out.write(`${line}\n`)
  await out.flush()
}

function* linesOf(summary: BackedUp, took: number): Iterable<string> {
  const { path, bytes, unpacked, sessions, subagents, messages, parts, copies, files, sources, leftOut, problems } = summary
  const rate = `${fileSize((unpacked / Math.max(1, took)) * 1000)}/s`
  yield `backup    ${safeLine(path)}${summary.encrypted ? ', encrypted' : ''}`
  yield `made      ${dateTime(summary.time)} by ocvault ${manifest.version}`
  yield `size      ${fileSize(bytes)}, ${fileSize(unpacked)} unpacked, in ${duration(took)} (${rate})`
  yield `sessions  ${count(sessions, 'session')}${subagents > 0 ? ` (${subagents} of subagents)` : ''}, ${count(messages, 'message')}, ${count(parts, 'part')}`
  const also = [
    ...(copies > 0 ? [`${copies} older or other ${copies === 1 ? 'copy' : 'copies'}`] : []),
    ...(files > 0 ? [count(files, 'file')] : []),
  ]
  if (also.length > 0) yield `also      ${also.join(', ')}`
  for (const [index, { kind, path: at }] of sources.entries()) {
    yield `${index === 0 ? 'from    ' : '        '}  ${shortPath(at)} (${safeLine(kind)})`
  }
  yield `left out  ${leftOut.map(safeLine).join(', ')}`
  if (problems.length > 0) yield `problems  ${problems.length}, named above`
}

function nothing(flags: BackupFlags): void {
  const advice =
    flags.all || flags.root ? 'ocvault where shows where it looks' : 'ocvault backup --all keeps those of every project'
  if (!flags.quiet) process.stderr.write(`ocvault: no session matches; ${advice}\n`)
  process.exitCode = exitCode.notFound
}
