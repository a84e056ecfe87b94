import { existsSync } from 'node:fs'
import type { Choice } from '../api/requests.ts'
import { type Scanned, type ScanOptions, scanFile, scanSessions } from '../api/scan.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import type { Failure } from '../base/problems.ts'
import { locateProject } from '../opencode/project.ts'
import { allowFrom, hashOf } from '../redact/allow.ts'
import { addAllowRules, isPersonalRedacted, readConfig } from '../redact/allow-file.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, titleOf } from '../render/words.ts'
import { exitCode } from './exit-code.ts'
import { advised } from './hints.ts'
import { directoryFor, selectionOf, selects, withCatalog } from './selection.ts'
import { hint, Output, styleFor } from './terminal.ts'
import type { ScanFlags } from './verbs/scan.ts'

/** `ocvault scan`. */
export async function scan(names: readonly string[], flags: ScanFlags): Promise<void> {
  keepMemoryLow()
  const files = names.filter(isPath)
  const sessions = names.filter((name) => !isPath(name))
  if (flags.allow) await allowFromNowOn(flags.allow)
  const options = await optionsFrom(flags)
  const report = new Report(flags)
  for (const file of files) for await (const each of scanFile(file, options, complain)) await report.add(each)
  if (files.length === 0 || sessions.length > 0) {
    const choice = choiceOf(sessions, flags)
    await withCatalog(flags, async (catalog) => {
      for await (const each of scanSessions(catalog, choice, options)) await report.add(each)
    })
  }
  await report.end()
}

function choiceOf(names: readonly string[], flags: ScanFlags): Choice {
  if (selects(names, flags)) return selectionOf([], flags)
  const sessions = names.length > 0 ? names : ['latest']
  return { sessions, project: directoryFor(sessions, flags) }
}

function complain({ path, reason, hint: next }: Failure): void {
  process.stderr.write(`ocvault: could not read ${safeLine(path)}: ${safeLine(advised(reason, next))}\n`)
  process.exitCode = exitCode.incomplete
}

const isPath = (name: string) => /[/\\.]/.test(name) || (existsSync(name) && !name.startsWith('ses_'))

/** What the repository that this directory is in says, and the flags. */
async function optionsFrom({ pii }: ScanFlags): Promise<ScanOptions> {
  const config = readConfig(locateProject(process.cwd()).worktree)
  return { allow: await allowFrom(config), personal: pii === true || isPersonalRedacted(config) }
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

/** Prints what was found, target by target, and in the end how much it was. */
class Report {
  readonly #flags: ScanFlags
  readonly #out = new Output()
  #targets = 0
  #printed = 0
  #open = 0
  #allowed = 0

  constructor(flags: ScanFlags) {
    this.#flags = flags
  }

  async add(scanned: Scanned): Promise<void> {
    const { findings } = scanned
    this.#targets++
    const allowed = findings.filter(({ allowedBy }) => allowedBy !== null).length
    this.#open += findings.length - allowed
    this.#allowed += allowed
    if (this.#flags.json) await this.#out.write(`${this.#printed++ === 0 ? '[' : ','}\n${safeJSON(reportJSON(scanned))}`)
    else if (findings.length > 0) await this.#out.write(`${this.#printed++ > 0 ? '\n' : ''}${this.#text(scanned)}`)
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

  #text({ session, file, ids, findings }: Scanned): string {
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

function reportJSON({ session, file, ids, findings }: Scanned): unknown {
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
