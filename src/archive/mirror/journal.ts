import { isObject, listOf } from '../../base/json.ts'
import { kindOfEntry } from '../format/names.ts'
import { blobIn, claimIn, filesOf } from './claim.ts'
import { journalFolder, type MirrorFolder } from './folder.ts'
import type { MachineState } from './state.ts'

const ending = '.jsonl'

/**
 * What a running backup is about to do, a line each, written before it is done. After a kill it tells which files are as the
 * manifest says, and which are as they were to become.
 */
export class Journal {
  readonly #folder: MirrorFolder
  readonly #entry: string

  constructor(folder: MirrorFolder, machine: string) {
    this.#folder = folder
    this.#entry = `${journalFolder}/${machine}${ending}`
  }

  /** Every line that was written whole. */
  lines(): unknown[] {
    return linesIn(this.#folder, this.#entry)
  }

  add(line: object): void {
    // The line end first: it ends what a killed backup may have left of a line.
    this.#folder.append(this.#entry, `\n${JSON.stringify(line)}\n`)
  }

  /** Brings it to the disk. */
  async sync(): Promise<void> {
    await this.#folder.sync([this.#entry])
  }

  /** Everything is done. */
  clear(): void {
    this.#folder.remove(this.#entry)
  }
}

/** The journals in a mirror, of every machine; none when each backup ended. */
export function journals(folder: MirrorFolder): [machine: string, lines: unknown[]][] {
  return folder
    .names(journalFolder)
    .filter((name) => name.endsWith(ending))
    .map((name) => [name.slice(0, -ending.length), linesIn(folder, `${journalFolder}/${name}`)])
}

function linesIn(folder: MirrorFolder, entry: string): unknown[] {
  const lines: unknown[] = []
  for (const line of Buffer.from(folder.read(entry)).toString().split('\n')) {
    if (line === '') continue
    try {
      lines.push(JSON.parse(line))
    } catch {
      // The last line of a killed backup: what it announced was not done.
    }
  }
  return lines
}

const valueIn = (line: unknown, key: string): unknown => (isObject(line) ? line[key] : undefined)

/** Files that an interrupted backup may have left, and that nobody need name. */
export interface Leftovers {
  /** They were to go. */
  readonly unused: ReadonlySet<string>
  /** Copies that only this machine can have put there: they may hold what no other file holds. */
  readonly copies: ReadonlySet<string>
}

/**
 * Brings what a machine said up to what an interrupted backup of its has done: of each file that was announced, whether it is in
 * place.
 * @param lines of the journal
 */
export function replay(folder: MirrorFolder, state: MachineState, lines: readonly unknown[]): Leftovers {
  const leftovers = leftoversIn(state, lines)
  for (const line of lines) {
    const blob = blobIn(valueIn(line, 'blob'))
    if (blob && folder.size(blob.entry) === blob.bytes) state.blobs.set(blob.entry, blob)
    const claim = claimIn(valueIn(line, 'put'))
    if (claim && filesOf(claim).every(({ entry, sha256 }) => folder.hash(entry) === sha256)) state.sessions.set(claim.id, claim)
    const pruned = valueIn(line, 'prune')
    if (typeof pruned === 'string') state.sessions.delete(pruned)
  }
  return leftovers
}

/** @param state as it was before the interrupted backup */
function leftoversIn(state: MachineState, lines: readonly unknown[]): Leftovers {
  const unused = new Set<string>()
  const copies = new Set<string>()
  for (const line of lines) {
    const put = claimIn(valueIn(line, 'put'))
    const before = put && state.sessions.get(put.id)
    for (const { entry } of [put, before].flatMap((claim) => (claim ? filesOf(claim) : []))) {
      if (entry.startsWith('copies/')) copies.add(entry)
    }
    for (const entry of [blobIn(valueIn(line, 'blob'))?.entry, ...listOf(valueIn(line, 'files'))]) {
      if (typeof entry === 'string' && kindOfEntry(entry) !== undefined) unused.add(entry)
    }
  }
  return { unused, copies }
}
