import { existsSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import type { EncryptFor } from '../archive/encrypt.ts'
import { manifestName } from '../archive/format/names.ts'
import type { ArchiveSummary } from '../archive/write/archive-writer.ts'
import { writeArchive } from '../archive/write/write.ts'
import { zipSink } from '../archive/write/zip-sink.ts'
import { OcvaultError } from '../base/errors.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, dateTime, duration, fileSize, shortPath } from '../render/words.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { refuseExisting } from '../transfer/export/destination.ts'
import { exitCode } from './exit-code.ts'
import { newPassphrase } from './passphrase.ts'
import { ProgressLine } from './progress.ts'
import { filterFor, withCatalog } from './selection.ts'
import { Output } from './terminal.ts'
import type { BackupFlags } from './verbs/backup.ts'

/** `ocvault backup`. */
export async function backup(text: readonly string[], flags: BackupFlags): Promise<void> {
  keepMemoryLow('roomy')
  if (flags.to !== undefined) return toMirror(text, flags.to, flags)
  if (flags.prune || flags.yes) throw new OcvaultError('usage', '--prune and --yes go with --to DIR')
  const encrypt = await encryptFor(flags)
  const time = Date.now()
  await withCatalog(flags, async (catalog) => {
    const sessions = catalog.sessions(await filterFor(catalog, text, flags))[Symbol.iterator]()
    const first = sessions.next()
    if (first.done) return nothing(flags)
    const path = placeFor(catalog, first.value.projectID, time, encrypt !== undefined, flags)
    if (!flags.force) refuseExisting([path])
    const sink = zipSink(path, encrypt)
    const interrupted = () => {
      void sink.abandon().finally(() => process.exit(exitCode.interrupted))
    }
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
    const progress = new ProgressLine(flags)
    const start = performance.now()
    try {
      const written = await writeArchive(catalog, allOf(first.value, sessions), sink, {
        tool: `ocvault ${manifest.version}`,
        time,
        scope: scopeOf(text, flags),
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
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
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
    const sessions = [...idsOf(catalog.sessions(await filterFor(catalog, text, flags)))]
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

/** The selection in words, for the manifest. */
function scopeOf(text: readonly string[], flags: BackupFlags): Record<string, unknown> {
  const { all, project, root, since, until, agent, model, title, archived } = flags
  const filters = { since, until, agent, model, title, archived, ...(text.length > 0 && { text }) }
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined))
  const everything = all || (root && project === undefined)
  return { ...(everything ? { all: Object.keys(given).length === 0 } : { project: resolve(project ?? '.') }), ...given }
}

/** The file that was asked for, or one that says what is in it and when it was made. */
function placeFor(catalog: Catalog, projectID: string | null, time: number, encrypted: boolean, flags: BackupFlags): string {
  const { output } = flags
  const isFolder = output === undefined || statSync(output, { throwIfNoEntry: false })?.isDirectory()
  if (output !== undefined && !isFolder) return output
  const everything = flags.all || (flags.root && flags.project === undefined)
  const words = (name: string) => name.replace(/[^0-9A-Za-z._]+/g, '-').replace(/^[-.]+|[-.]+$/g, '')
  const id = projectID ?? ''
  const worktree = catalog.stores.flatMap(({ store }) => [...store.projects()]).find((project) => project.id === id)?.worktree
  const name = basename(worktree ?? '') || basename(resolve(flags.project ?? '.'))
  const parts = everything ? ['all'] : [words(name).slice(0, 40), words(id).slice(0, 8)]
  const at = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('')
  const file = ['ocvault', ...parts.filter((part) => part !== ''), day, clock].join('-')
  return join(output ?? '.', `${file}.zip${encrypted ? '.age' : ''}`)
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
