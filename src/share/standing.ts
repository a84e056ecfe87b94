import { type JsonObject, textOf } from '../base/json.ts'
import type { MessageV1 } from '../convert/exported.ts'
import type { SessionID } from '../opencode/ids.ts'
import { renamedV1 } from '../transfer/import/fresh-ids.ts'
import { compare, type Relation, together } from './compare.ts'
import { derivedIDs } from './derived-ids.ts'
import { type LocalSessions, type LocalTree, portable, rootID } from './local-sessions.ts'
import { found, StreamedMessages } from './messages.ts'
import { printsOf } from './prints.ts'
import { renumbered } from './renumber.ts'
import { type Document, idOf } from './saved-document.ts'
import type { SavedTree } from './shelf.ts'

/** Where two versions of a session went apart. */
export interface Fork {
  /** How many messages both have before that. */
  readonly after: number
  /** How the other goes on: the first words of a prompt; null when there is none. */
  readonly theirs: string | null
  readonly mine: string | null
}

/**
 * How what is here stands to a saved session: `new`, it is not here; `same`; `ahead`, here is more; `behind`, saved is more.
 * Where both went on from a common point, it is about the copy in which the saved line is kept here, or would be.
 */
export interface Standing {
  readonly relation: 'new' | Exclude<Relation, 'diverged'>
  /** Of the session here. */
  readonly id: SessionID
  /** Where the line of the saved session left ours; null when it is no copy. */
  readonly fork: Fork | null
  /** The saved sessions, under the ids that they have here. */
  readonly documents: readonly Document[]
  readonly here: LocalTree | undefined
  /** Messages that are only here, or only saved. */
  readonly onlyHere: number
  readonly onlySaved: number
}

interface TreeComparison {
  readonly relation: Relation
  readonly onlyMine: number
  readonly onlyTheirs: number
  /** Where theirs went its own way: the places of a document and of a message in it. */
  readonly at: readonly [document: number, message: number] | undefined
}

/** Two versions of a tree of sessions. */
export function compareTrees(mine: readonly Document[], theirs: readonly Document[]): TreeComparison {
  const others = new Map(mine.map((document) => [idOf(document.info), document]))
  const relations: Relation[] = []
  let [onlyMine, onlyTheirs] = [0, 0]
  let at: [number, number] | undefined
  for (const [index, document] of theirs.entries()) {
    const own = others.get(idOf(document.info))
    others.delete(idOf(document.info))
    if (!own) {
      relations.push('behind')
      onlyTheirs += document.messages.length
      at ??= [index, 0]
      continue
    }
    const compared = compare(own, document)
    relations.push(compared.relation)
    onlyMine += compared.onlyMine.length
    onlyTheirs += compared.onlyTheirs.length
    const apart = compared.onlyTheirs[0] ?? (compared.relation === 'same' ? undefined : compared.changed[0])
    if (apart !== undefined) at ??= [index, printsOf(document.messages).findIndex(({ id }) => id === apart)]
  }
  for (const { messages } of others.values()) {
    relations.push('ahead')
    onlyMine += messages.length
  }
  return { relation: together(relations), onlyMine, onlyTheirs, at }
}

/**
 * How what is here stands to a saved session. Remains of one are not it: OpenCode shows it again only when it was loaded.
 * @param author who saved it, after whom a copy is called
 */
export async function standingOf(tree: SavedTree, local: LocalSessions, author: string | null): Promise<Standing> {
  const saved = await asOurs(tree, local)
  let documents = saved
  let fork: Fork | null = null
  let salt = ''
  for (;;) {
    const id = rootID(documents)
    const there = await local.tree(id)
    const here = there && { ...there, shown: renumbered(there.shown, documents) }
    const compared = here && compareTrees(here.shown, documents)
    if (here?.isRemains || compared?.relation !== 'diverged' || !compared.at) {
      const isNew = compared === undefined || here?.isRemains
      const relation = isNew ? 'new' : compared.relation === 'diverged' ? 'same' : compared.relation
      const [onlyHere, onlySaved] = [compared?.onlyMine ?? 0, compared?.onlyTheirs ?? 0]
      return { relation, id, fork, documents, here, onlyHere, onlySaved }
    }
    fork ??= forkOf(here!.shown[0]!, documents[0]!)
    const [document, message] = compared.at
    salt += ` ${printsOf(saved[document]!.messages)[message]?.id ?? idOf(saved[document]!.info)}`
    const ids = derivedIDs(saved, salt)
    documents = saved.map((each, index) => {
      const { info, messages } = renamedV1(each, ids)
      return {
        info: index === 0 ? { ...info, title: copyTitle(info, author) } : info,
        messages: new StreamedMessages(() => messages),
      }
    })
  }
}

const copyTitle = ({ title }: JsonObject, author: string | null) =>
  `${textOf(title) ?? ''} (from ${author ?? 'someone else'})`.trim()

/** What OpenCode itself exported has the directories of a machine in it, maybe of this one. */
async function asOurs({ documents }: SavedTree, local: LocalSessions): Promise<readonly Document[]> {
  if (documents.every(({ isOurs }) => isOurs)) return documents.map(({ info, messages }) => ({ info, messages }))
  const { paths } = await local.view(documents.map(({ info }) => ({ info, messages: [] })))
  return documents.map((document) => (document.isOurs ? document : portable(document, paths)))
}

const promptText = ({ info, parts }: MessageV1): string | null =>
  info.role === 'user' ? textOf(parts.find((part) => part.type === 'text' && part.synthetic !== true)?.text) : null

function forkOf(mine: Document, theirs: Document): Fork {
  const { onlyMine, onlyTheirs } = compare(mine, theirs)
  const firstOf = ({ messages }: Document, ids: readonly string[]) => {
    const own = new Set(ids)
    const prompt = found(messages, (message) => own.has(idOf(message.info)) && promptText(message) !== null)
    return prompt ? promptText(prompt) : null
  }
  return { after: mine.messages.length - onlyMine.length, theirs: firstOf(theirs, onlyTheirs), mine: firstOf(mine, onlyMine) }
}
