import { type SavedEntry, savedEntries } from '../api/saved.ts'
import { pullSaved, pushSaved, takeOut } from '../api/share.ts'
import { OcvaultError } from '../base/errors.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { table, truncate } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count } from '../render/words.ts'
import { redactionForComparing } from '../share/redaction.ts'
import type { Exchange } from '../share/remote.ts'
import type { Remote } from '../share/remote-address.ts'
import type { Removed } from '../share/remove.ts'
import type { Standing } from '../share/standing.ts'
import { findTarget } from '../transfer/write/target.ts'
import { savedHere, standingJSON, warnOfChanges } from './load.ts'
import { currentDirectory, onlyRoot } from './selection.ts'
import { inRepository, withSharing } from './sharing.ts'
import { hint, Output, styleFor, widthOf } from './terminal.ts'
import type { ShareFlags } from './verbs/share.ts'

/** `ocvault share`. */
export async function share(
  what: 'status' | 'push' | 'pull' | 'remove',
  name: string | undefined,
  flags: ShareFlags,
): Promise<void> {
  if ((what === 'remove') !== (name !== undefined)) {
    throw new OcvaultError('usage', 'ocvault share remove SESSION takes a session out; push, pull and status take none')
  }
  if (what === 'status') return status(flags)
  const directory = currentDirectory(inRepository)
  if (what === 'remove') return remove(takeOut(directory, name!), flags)
  const exchange = what === 'push' ? await pushSaved(directory, (remote) => consent(remote, flags)) : pullSaved(directory)
  await print(exchange, what, flags)
}

async function remove(removed: Removed, flags: ShareFlags): Promise<void> {
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(removed, 2)}\n`)
  else for (const path of removed.files) await out.write(`removed: ${safeLine(path)}\n`)
  await out.flush()
  hint('ocvault share push takes it out for everybody; what was in it is no secret any more: change it', flags)
}

/** Asks once whether transcripts may go to an address that came with the repository; without a terminal `--trust` says so. */
async function consent(remote: Remote, flags: ShareFlags): Promise<boolean> {
  if (flags.trust) return true
  const question = `.opencode/ocvault.json of this repository says that sessions go to ${safeLine(remote.name)}`
  if (!process.stdin.isTTY || !process.stdout.isTTY || flags.json || flags.quiet) {
    throw new OcvaultError('refused', `${question}, and nobody has said on this machine that they may: --trust says so`)
  }
  const { confirm } = await import('@clack/prompts')
  return (await confirm({ message: `${question}. Shall they?`, initialValue: false })) === true
}

/** What is here, as seen from what is saved. */
const words: Readonly<Record<Standing['relation'], string>> = {
  new: 'not here',
  same: 'same',
  ahead: 'ahead',
  behind: 'behind',
}

/** A session that both went on with is diverged, however its copy here stands to it. */
const stateOf = ({ relation, fork }: Standing) => (fork ? 'diverged' : words[relation])

function whatToDo({ relation, fork, onlyHere, onlySaved }: Standing): string {
  const more = (messages: number, verb: string) => (messages > 0 ? `adds ${count(messages, 'message')}` : verb)
  if (relation === 'ahead')
    return fork
      ? 'you went on with the copy here'
      : `ocvault save ${more(onlyHere, 'brings what has changed, such as the title')}`
  if (relation === 'same') return fork ? 'here as a copy' : ''
  if (fork && relation === 'new')
    return `both went on after ${count(fork.after, 'message')}; ocvault load brings theirs as a copy`
  return relation === 'new'
    ? 'ocvault load brings it'
    : `ocvault load ${more(onlySaved, 'brings what has changed, such as the title')}`
}

async function status(flags: ShareFlags): Promise<void> {
  keepMemoryLow()
  const { path } = findTarget(flags.root && onlyRoot(flags.root))
  await withSharing([path], redactionForComparing, flags.ref ?? false, async ({ shelf, local }) => {
    const out = new Output()
    const trees = savedHere(shelf)
    warnOfChanges(trees, shelf)
    const found: SavedEntry[] = []
    for await (const entry of savedEntries(trees, shelf, local)) found.push(entry)
    if (flags.json) {
      const shown = found.map(({ tree, title, author, standing }) => ({
        file: `${shelf.place}/${tree.path}`,
        title,
        author,
        state: stateOf(standing),
        ...standingJSON(standing),
      }))
      await out.write(`${safeJSON(shown, 2)}\n`)
    } else {
      const style = styleFor(process.stdout, flags)
      const rows = found.map(({ tree, standing }) => [stateOf(standing), safeLine(tree.path), whatToDo(standing)])
      for (const [index, row] of table(rows).entries()) {
        const line = truncate(row, widthOf(process.stdout))
        await out.write(`${stateOf(found[index]!.standing) === 'same' ? style.dim(line) : line}\n`)
      }
      if (found.length === 0) hint(`nothing is saved in ${shelf.place} yet: ocvault save`, flags)
    }
    await out.flush()
  })
}

async function print({ remote, received, pushed }: Exchange, what: 'push' | 'pull', flags: ShareFlags): Promise<void> {
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON({ remote, received, pushed }, 2)}\n`)
  else {
    for (const { path, merged } of received) {
      const how = { new: 'new', updated: 'more of', beside: 'went another way, kept beside', removed: 'taken out by somebody' }[
        merged
      ]
      await out.write(`${how}: ${safeLine(path)}\n`)
    }
    if (what === 'push')
      await out.write(`${safeLine(remote)} ${pushed ? 'has' : 'had already'} all sessions that are saved here\n`)
    else if (received.length === 0) await out.write(`nothing new in ${safeLine(remote)}\n`)
  }
  await out.flush()
  if (received.some(({ merged }) => merged !== 'removed')) hint('ocvault load --ref brings them into OpenCode', flags)
}
