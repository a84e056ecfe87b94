import { existsSync, readFileSync, statSync } from 'node:fs'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { toV1, toV2 } from '../convert/exported.ts'
import { locateProject } from '../opencode/project.ts'
import { type Allow, allowFrom, hashOf } from '../redact/allow.ts'
import { addAllowRules, readConfig } from '../redact/allow-file.ts'
import { type Finding, findSecretsIn } from '../redact/redact.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, titleOf } from '../render/words.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import type { StoredSession } from '../stores/store.ts'
import { openInput } from '../transfer/import/input/input.ts'
import { exitCode } from './exit-code.ts'
import { advised } from './hints.ts'
import { filterFor, resolveSession, withCatalog } from './selection.ts'
import { hint, Output, styleFor } from './terminal.ts'
import type { ScanFlags } from './verbs/scan.ts'

/** What is scanned together: a file, or a session with its subagents. */
interface Target {
  readonly session: { readonly id: string; readonly title: string | null } | null
  readonly file: string | null
  /** In the order of `documents`; null in a file that has no sessions. */
  readonly ids: readonly (string | null)[]
  readonly documents: readonly unknown[]
}

/** `ocvault scan`. */
export async function scan(names: readonly string[], flags: ScanFlags): Promise<void> {
  const files = names.filter(isPath)
  const sessions = names.filter((name) => !isPath(name))
  if (flags.allow) await allowFromNowOn(flags.allow)
  const report = new Report(await allowed(), flags)
  for (const file of files) for await (const target of targetsIn(file)) await report.add(target)
  if (files.length === 0 || sessions.length > 0) {
    await withCatalog(flags, async (catalog) => {
      for (const session of await chosen(catalog, sessions, flags)) await report.add(await targetOf(catalog, session))
    })
  }
  await report.end()
}

const isPath = (name: string) => /[/\\.]/.test(name) || (existsSync(name) && !name.startsWith('ses_'))

/** The rules of the repository that this directory is in. */
function allowed(): Promise<Allow> {
  return allowFrom(readConfig(locateProject(process.cwd()).worktree))
}

/**
 * Adds rules for any kind of secret to the repository that this directory is in. A text is kept as its hash: the file is for
 * everybody.
 */
async function allowFromNowOn(matches: readonly string[]): Promise<void> {
  const isTold = (match: string) => /^sha256:|^\/.+\/[iu]*$/.test(match)
  const rules = matches.map((match) => ({ rule: '*', match: isTold(match) ? match : hashOf(match) }))
  await allowFrom({ allow: rules })
  addAllowRules(locateProject(process.cwd()).worktree, rules)
}

async function chosen(catalog: Catalog, names: readonly string[], flags: ScanFlags): Promise<Iterable<Session>> {
  const { since, until, agent, model, title, archived, all, project } = flags
  const selects = [since, until, agent, model, title, archived, all, project].some((flag) => flag !== undefined)
  if (selects && names.length > 0) {
    throw new OcvaultError('usage', 'sessions are either named or selected by flags, not both')
  }
  if (selects) return catalog.sessions({ ...(await filterFor(catalog, [], flags)), roots: true })
  const sessions: Session[] = []
  for (const name of names.length > 0 ? names : ['latest']) sessions.push(await resolveSession(catalog, name, flags))
  return sessions
}

async function targetOf(catalog: Catalog, session: Session): Promise<Target> {
  const tree = [...catalog.tree(session)].map(([{ id }]) => ({ id, stored: catalog.stored(id) }))
  const readable = tree.flatMap(({ id, stored }) => (stored ? [{ id, document: documentOf(stored) }] : []))
  return {
    session,
    file: null,
    ids: readable.map(({ id }) => id),
    documents: readable.map(({ document }) => document),
  }
}

/** In the shape that it would be exported in. */
function documentOf(stored: StoredSession): unknown {
  const { info, messages } = stored.shape === 'v2' ? toV2(stored) : toV1(stored)
  return { info, messages: [...messages] }
}

/** Everything that stands in a file: all of a JSON document, each session of a store, folder or zip, any other text as it is. */
async function* targetsIn(path: string): AsyncGenerator<Target> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new OcvaultError('not-found', `no such file, and no session has this name: ${path}`)
  const bytes = stat.isFile() ? readBytes(path) : undefined
  if (bytes && !isContainer(bytes)) {
    const documents = documentsIn(bytes.toString('utf8'))
    yield { session: null, file: path, ids: documents.map(() => null), documents }
    return
  }
  const input = await openInput([path])
  try {
    for (const { id, title, from, load } of input.sessions) {
      yield { session: { id, title }, file: from, ids: [id], documents: [documentOf(await load())] }
    }
    for (const problem of input.problems) {
      process.stderr.write(
        `ocvault: could not read ${safeLine(problem.path)}: ${safeLine(advised(problem.reason, problem.hint))}\n`,
      )
      process.exitCode = exitCode.incomplete
    }
  } finally {
    input.close()
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

const isContainer = (bytes: Buffer) => /^(?:SQLite format 3\0|PK\x03\x04|PK\x05\x06)/.test(bytes.toString('latin1', 0, 16))

/** A JSON document, one a line, or a text. */
function documentsIn(text: string): unknown[] {
  for (const pieces of [[text], text.split('\n').filter((line) => line.trim() !== '')]) {
    try {
      return pieces.map((piece) => JSON.parse(piece) as unknown)
    } catch {
      // Not this, then.
    }
  }
  return [text]
}

/** Prints what was found, target by target, and in the end how much it was. */
class Report {
  readonly #allow: Allow
  readonly #flags: ScanFlags
  readonly #out = new Output()
  #targets = 0
  #printed = 0
  #open = 0
  #allowed = 0

  constructor(allow: Allow, flags: ScanFlags) {
    this.#allow = allow
    this.#flags = flags
  }

  async add(target: Target): Promise<void> {
    this.#targets++
    const findings = await findSecretsIn(target.documents, this.#allow)
    const allowed = findings.filter(({ allowedBy }) => allowedBy !== null).length
    this.#open += findings.length - allowed
    this.#allowed += allowed
    if (this.#flags.json) await this.#out.write(`${this.#printed++ === 0 ? '[' : ','}\n${safeJSON(reportJSON(target, findings))}`)
    else if (findings.length > 0) await this.#out.write(`${this.#printed++ > 0 ? '\n' : ''}${this.#text(target, findings)}`)
  }

  async end(): Promise<void> {
    const { json, check, quiet } = this.#flags
    if (json) await this.#out.write(this.#printed > 0 ? '\n]\n' : '[]\n')
    await this.#out.flush()
    if (this.#targets === 0) {
      if (!quiet) process.stderr.write('ocvault: no session matches; ocvault list --all shows what there is\n')
      process.exitCode = exitCode.notFound
      return
    }
    const allowed = this.#allowed > 0 ? `, and ${this.#allowed} that .opencode/ocvault.json allows` : ''
    if (!quiet && !json)
      process.stderr.write(`${this.#open === 0 ? 'no secrets' : count(this.#open, 'secret')} found${allowed}\n`)
    if (check && this.#open > 0) process.exitCode = exitCode.refused
    if (this.#open > 0) hint('\nocvault save redacts them; a rule in .opencode/ocvault.json lets one stay', this.#flags)
  }

  #text({ session, file, ids }: Target, findings: readonly Finding[]): string {
    const style = styleFor(process.stdout, this.#flags)
    const name = session ? `${session.id}  ${style.bold(safeLine(titleOf(session)))}` : style.bold(safeLine(file ?? ''))
    const lines = [name]
    for (const { kind, masked, count: times, allowedBy, places } of findings) {
      const mark = allowedBy ? style.dim(`  allowed${allowedBy.reason ? `: ${safeLine(allowedBy.reason)}` : ''}`) : ''
      lines.push(`  ${style.warn(kind)}  ${safeLine(masked)}  ${count(times, 'place')}${mark}`)
      for (const { document, path, messageID, context } of places.slice(0, placesShown)) {
        const subagent = document > 0 && ids[document] ? `${ids[document]} ` : ''
        lines.push(`    ${style.dim(safeLine(`${subagent}${path}${messageID === null ? '' : ` (${messageID})`}`))}`)
        lines.push(`      ${safeLine(context)}`)
      }
      if (times > placesShown) lines.push(`    ${style.dim(`and ${times - placesShown} more`)}`)
    }
    return `${lines.join('\n')}\n`
  }
}

const placesShown = 5

function reportJSON({ session, file, ids }: Target, findings: readonly Finding[]): unknown {
  return {
    session: session && { id: session.id, title: session.title },
    file,
    findings: findings.map(({ kind, hash, masked, count, allowedBy, places }) => ({
      kind,
      hash,
      masked,
      count,
      allowed: allowedBy,
      places: places.map(({ document, path, messageID, context }) => ({
        sessionID: ids[document] ?? null,
        messageID,
        path,
        context,
      })),
    })),
  }
}
