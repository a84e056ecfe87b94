import { type Loaded, loadPlanned } from '../api/load.ts'
import { type SavedEntry, savedEntries, savedNamed, savedTrees } from '../api/saved.ts'
import type { Sharing } from '../api/sharing.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { table, truncate } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, dateTime } from '../render/words.ts'
import { planLoad } from '../share/load.ts'
import { redactionForComparing } from '../share/redaction.ts'
import { changesIn, type SavedTree, type Shelf } from '../share/shelf.ts'
import type { Standing } from '../share/standing.ts'
import { findTarget } from '../transfer/write/target.ts'
import { exitCode } from './exit-code.ts'
import { advised } from './hints.ts'
import { onlyRoot } from './selection.ts'
import { withSharing } from './sharing.ts'
import { hint, Output, styleFor, widthOf } from './terminal.ts'
import type { LoadFlags } from './verbs/load.ts'

/** `ocvault load`. */
export async function load(name: string | undefined, flags: LoadFlags): Promise<void> {
  keepMemoryLow()
  const root = flags.root && onlyRoot(flags.root)
  const plan = await withSharing([findTarget(root).path], redactionForComparing, flags.ref ?? false, async (sharing) => {
    const { shelf, local } = sharing
    const trees = savedHere(shelf)
    const tree = name === undefined ? await picked(trees, sharing, flags) : savedNamed(trees, name, shelf.place)
    if (tree) warnOfChanges([tree], shelf)
    return tree && planLoad(local, tree, shelf)
  })
  if (plan) await print(await loadPlanned(plan, { root, dryRun: flags.dryRun }), flags)
}

/** The saved sessions, the newest first; what cannot be read is told, and decides the exit code. */
export function savedHere(shelf: Shelf): readonly SavedTree[] {
  let unread = 0
  const trees = savedTrees(shelf, ({ reason, hint: next }) => {
    unread++
    process.stderr.write(`ocvault: ${safeLine(advised(reason, next))}\n`)
  })
  if (unread > 0) process.exitCode = trees.length === 0 ? exitCode.refused : exitCode.incomplete
  return trees
}

/** What is not as it was saved is loaded all the same, and told. */
export function warnOfChanges(trees: readonly SavedTree[], shelf: Shelf): void {
  const told = trees.flatMap((tree) => changesIn(tree, shelf))
  for (const sentence of told) process.stderr.write(`ocvault: ${safeLine(sentence)}\n`)
  if (told.length > 0) process.exitCode ??= exitCode.incomplete
}

/** What a person picks on a terminal; elsewhere the list is printed. */
async function picked(trees: readonly SavedTree[], { shelf, local }: Sharing, flags: LoadFlags): Promise<SavedTree | undefined> {
  const entries: SavedEntry[] = []
  for await (const entry of savedEntries(trees, shelf, local)) entries.push(entry)
  if (entries.length === 0 && !flags.json) {
    // What is there, but cannot be read, has been told.
    if (process.exitCode !== undefined) return undefined
    process.exitCode = exitCode.notFound
    process.stderr.write(`ocvault: nothing is saved in ${shelf.place}; ocvault save puts a session there\n`)
    return undefined
  }
  if (process.stdin.isTTY && process.stdout.isTTY && !flags.json) return ask(entries)
  warnOfChanges(trees, shelf)
  await list(entries, shelf, flags)
  return undefined
}

async function ask(entries: readonly SavedEntry[]): Promise<SavedTree | undefined> {
  const { isCancel, select } = await import('@clack/prompts')
  const answer = await select({
    message: 'Which session?',
    options: entries.map(({ tree, title, author, time, standing }) => ({
      value: tree,
      label: truncate(safeLine(title), 60),
      hint: safeLine(`${author ?? 'unknown'}, ${dateTime(time)}, ${stateWords(standing)}`),
    })),
  })
  if (!isCancel(answer)) return answer
  process.exitCode = exitCode.interrupted
  return undefined
}

/** How a saved session stands to what is here, for a person. */
export function stateWords({ relation, fork, onlyHere, onlySaved }: Standing): string {
  if (relation === 'new') return fork ? 'went another way than yours' : 'not here'
  const where = fork ? 'here as a copy' : 'here'
  if (relation === 'same') return where
  if (relation === 'ahead') return onlyHere > 0 ? `${where}, with ${onlyHere} more` : `${where}, newer`
  return onlySaved > 0 ? `${where}, ${onlySaved} to load` : `${where}, newer to load`
}

async function list(entries: readonly SavedEntry[], shelf: Shelf, flags: LoadFlags): Promise<void> {
  const out = new Output()
  if (flags.json) {
    const shown = entries.map(({ tree, standing, ...entry }) => ({
      ...entry,
      file: `${shelf.place}/${tree.path}`,
      messages: tree.documents[0]!.messages.length,
      subagents: tree.documents.length - 1,
      ...standingJSON(standing),
    }))
    await out.write(`${safeJSON(shown, 2)}\n`)
  } else {
    const rows = entries.map(({ tree, number, title, author, time, standing }) => [
      String(number),
      dateTime(time),
      truncate(safeLine(author ?? ''), 20),
      count(tree.documents[0]!.messages.length, 'message'),
      stateWords(standing),
      safeLine(title),
    ])
    for (const row of table(rows, [0, 3])) await out.write(`${truncate(row, widthOf(process.stdout))}\n`)
  }
  await out.flush()
  hint(`ocvault load ${flags.ref ? '--ref ' : ''}NUMBER brings one into OpenCode`, flags)
}

/** How a saved session stands to what is here, for a script. */
export const standingJSON = ({ id, relation, fork, onlyHere, onlySaved }: Standing) => ({
  id,
  relation,
  fork,
  onlyHere,
  onlySaved,
})

async function print(report: Loaded, flags: LoadFlags): Promise<void> {
  const out = new Output()
  const { standing, id } = report
  const written = report.report?.sessions.filter(({ result }) => result === 'written') ?? []
  const refused = report.report?.sessions.filter(({ result }) => result === 'refused' || result === 'failed') ?? []
  const messages = written.reduce((sum, { messages }) => sum + (messages?.added ?? 0), 0)
  if (flags.json) {
    const { path, title, author } = report
    const change = report.report?.change ?? null
    const told = { file: path, title, author, ...standingJSON(standing), added: messages, change, dryRun: flags.dryRun ?? false }
    await out.write(`${safeJSON(told, 2)}\n`)
  } else {
    const style = styleFor(process.stdout, flags)
    const title = style.bold(safeLine(report.title ?? ''))
    const { fork } = standing
    if (fork) {
      const [theirs, mine] = [fork.theirs, fork.mine].map((text) => text && truncate(safeLine(text), 60))
      await out.write(`You and ${safeLine(report.author ?? 'someone else')} both went on after ${count(fork.after, 'message')}\n`)
      if (theirs) await out.write(`  theirs: ${theirs}\n`)
      if (mine) await out.write(`  yours:  ${mine}\n`)
    }
    await out.write(`${summary(report, title, messages)}\n`)
    if (refused.length === 0) await out.write(`  opencode -s ${safeLine(id)}\n`)
  }
  await out.flush()
  for (const { id: session, note, differences } of refused) {
    const why = note ?? (differences.join(', ') || 'its messages belong to another session here')
    process.stderr.write(`ocvault: session ${safeLine(session)} was not loaded: ${safeLine(why)}\n`)
  }
  if (refused.length > 0) process.exitCode = exitCode.refused
  else if (report.report?.change) hint('ocvault undo takes it back', flags)
}

function summary({ standing: { relation, fork }, report }: Loaded, title: string, messages: number): string {
  const verb = report?.dryRun ? 'would be' : 'is'
  if (relation === 'same') return `${title} is here already${fork ? ', as a copy' : ''}; to go on:`
  if (relation === 'ahead') return `${title} is here already, with more than was saved; to go on:`
  if (relation === 'behind')
    return `${title} ${verb} brought up to date${messages > 0 ? `, ${count(messages, 'message')} new` : ''}; to go on:`
  return `${title} ${verb} loaded${fork ? ' beside yours' : ''}, ${count(messages, 'message')}; to go on:`
}
