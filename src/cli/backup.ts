import { existsSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { placeOf, scopeWords } from '../api/backup.ts'
import { filterOf } from '../api/sessions.ts'
import type { EncryptFor } from '../archive/encrypt.ts'
import { manifestName } from '../archive/format/names.ts'
import type { ArchiveSummary } from '../archive/write/archive-writer.ts'
import { writeArchive } from '../archive/write/write.ts'
import { zipSink } from '../archive/write/zip-sink.ts'
import { OcvaultError } from '../base/errors.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, dateTime, duration, fileSize, shortPath } from '../render/words.ts'
import type { Session } from '../stores/catalog/catalog.ts'
import { refuseExisting } from '../transfer/export/destination.ts'
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
  if (flags.prune || flags.yes) throw new OcvaultError('usage', '--prune and --yes go with --to DIR')
  const encrypt = await encryptFor(flags)
  const time = Date.now()
  const selection = selectionOf(text, flags)
  await withCatalog(flags, async (catalog) => {
    const sessions = catalog.sessions(await filterOf(catalog, selection))[Symbol.iterator]()
    const first = sessions.next()
    if (first.done) return nothing(flags)
    const request = { ...selection, output: flags.output, encrypted: encrypt !== undefined }
    const path = placeOf(catalog, request, first.value.projectID, time)
    if (!flags.force) refuseExisting([path])
    const sink = zipSink(path, encrypt)
    const progress = new ProgressLine(flags)
    const start = performance.now()
    try {
      const written = await writeArchive(catalog, allOf(first.value, sessions), sink, {
        tool: `ocvault ${manifest.version}`,
        time,
        scope: scopeWords(selection),
        snapshots: flags.withSnapshots ?? false,
        onProblem: ({ path: at, reason }) => {
          progress.clear()
          process.stderr.write(`ocvault: could not read ${safeLine(at)}: ${safeLine(reason)}\n`)
          process.exitCode = exitCode.incomplete
        },
        onProgress: (state) => progress.update('backed up', state),
      })
      progress.clear()
      const took = performance.now() - start
      if (written) await report({ path, bytes: sink.bytes, encrypted: encrypt !== undefined, ...written }, took, flags)
    } finally {
      progress.clear()
    }
  })
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
  await withCatalog(flags, async (catalog) => {
    const sessions = [...idsOf(catalog.sessions(await filterOf(catalog, selectionOf(text, flags))))]
    if (sessions.length === 0 && !existsSync(join(to, manifestName))) return nothing(flags)
    await mirror(catalog, sessions, to, flags)
  })
}

async function encryptFor(flags: BackupFlags): Promise<EncryptFor | undefined> {
  if (flags.encrypt && flags.passphrase) throw new OcvaultError('usage', '--encrypt and --passphrase exclude each other')
  if (flags.passphrase) return { passphrase: await newPassphrase() }
  return flags.encrypt && { recipients: flags.encrypt }
}

function* allOf<T>(first: T, others: Iterator<T>): Iterable<T> {
  yield first
  yield* { [Symbol.iterator]: () => others }
}

/** Of a session nothing but this is kept: there may be a hundred thousand. */
function* idsOf(sessions: Iterable<Session>): Iterable<Pick<Session, 'id' | 'parentID' | 'subagents'>> {
  for (const { id, parentID, subagents } of sessions) yield { id, parentID, subagents }
}

interface Written extends ArchiveSummary {
  readonly path: string
  readonly bytes: number
  readonly encrypted: boolean
}

async function report(written: Written, took: number, flags: BackupFlags) {
  const { path, bytes, encrypted, time, unpacked, sessions, subagents, messages, parts, copies, files, ...rest } = written
  const summary = { path, bytes, encrypted, time, unpacked, sessions, subagents, messages, parts, copies, files, ...rest }
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(summary, 2)}\n`)
  else for (const line of linesOf(summary, took)) await out.write(`${line}\n`)
  await out.flush()
}

function* linesOf(summary: Written, took: number): Iterable<string> {
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
