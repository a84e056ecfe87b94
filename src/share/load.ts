import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type JsonObject, numberOf, objectOf, textOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import type { SessionID } from '../opencode/ids.ts'
import { storedDocument } from '../stores/export/export-file.ts'
import { importInput } from '../transfer/import/import.ts'
import type { Incoming } from '../transfer/import/input/incoming.ts'
import type { ImportReport } from '../transfer/import/report.ts'
import type { Target } from '../transfer/write/target.ts'
import { withOriginals } from './compare.ts'
import { kept } from './kept-messages.ts'
import { type LocalSessions, ownFields } from './local-sessions.ts'
import { each } from './messages.ts'
import { rewritten } from './portable-paths.ts'
import { type Document, idOf } from './saved-document.ts'
import { authorOf, type SavedTree, type Shelf } from './shelf.ts'
import { type Standing, standingOf } from './standing.ts'

export interface LoadOptions {
  /** Changes nothing. */
  readonly dryRun: boolean
  /** Where the notes for undoing go. */
  readonly undo?: string
}

/** A saved session, ready to be brought in. */
export interface LoadPlan {
  readonly path: string
  /** The session here that has what was saved, or will have. */
  readonly id: SessionID
  readonly title: string | null
  readonly author: string | null
  readonly standing: Standing
  /** The directory that it will be in. */
  readonly directory: string
  readonly documents: readonly Document[]
  readonly from: string
}

/**
 * What loading a saved session and its subagents means here. What both sides have stays as it is here, secrets included; where
 * both went on, theirs comes beside ours.
 */
export async function planLoad(local: LocalSessions, tree: SavedTree, shelf: Shelf): Promise<LoadPlan> {
  const author = authorOf(tree, shelf)
  const standing = await standingOf(tree, local, author)
  const documents = await ready(standing, local)
  const title = textOf(documents[0]!.info.title)
  const directory = directoryOf(documents[0]!, local.worktree)
  return { path: tree.path, id: standing.id, title, author, standing, directory, documents, from: `${shelf.place}/${tree.path}` }
}

/**
 * Does it. Nothing may read the database meanwhile in this process: SQLite lets one process write only what it does not hold open
 * for reading.
 * @returns null when there was nothing to do
 * @throws OcvaultError as imports do
 */
export async function load(
  { standing, documents, directory, from }: LoadPlan,
  target: Target,
  { dryRun, undo }: LoadOptions,
): Promise<ImportReport | null> {
  if (standing.relation === 'same' || standing.relation === 'ahead') return null
  const sessions = documents.map((document) => incoming(document, from))
  const input = { sessions, problems: [], close: () => undefined }
  return importInput(input, target, {
    project: directory,
    update: true,
    relocate: 'never',
    dryRun,
    ...(undo !== undefined && { undo }),
  })
}

/** The saved sessions as they shall be here. */
async function ready({ documents, here, relation }: Standing, local: LocalSessions): Promise<Document[]> {
  const { paths } = here ?? (await local.view(documents.map(({ info }) => ({ info, messages: [] }))))
  const isToCome = relation === 'new' || relation === 'behind'
  const localised = <T>(value: T): T => rewritten(value, (text) => paths.local(text))
  return documents.map((saved) => {
    const at = here ? here.shown.findIndex(({ info }) => idOf(info) === idOf(saved.info)) : -1
    const mine = here?.originals[at]
    const { messages } = mine
      ? withOriginals(saved, mine, here!.shown[at]!, localised)
      : { messages: each(saved.messages, (message) => localised(message)) }
    const info = withoutOwn(localised(saved.info))
    const whole = mine
      ? { ...info, ...Object.fromEntries(ownFields.flatMap((key) => (key in mine.info ? [[key, mine.info[key]]] : []))) }
      : info
    return { info: whole, messages: mine && isToCome ? kept(messages) : messages }
  })
}

/** What a file may not decide: what OpenCode may do unasked, and where the session is shared. */
const withoutOwn = (info: JsonObject): JsonObject => omit(info, ['permission', 'share', 'workspaceID'])

function incoming({ info, messages }: Document, from: string): Incoming {
  return {
    id: idOf(info),
    title: textOf(info.title),
    parentID: textOf(info.parentID),
    updated: numberOf(objectOf(info.time).updated) ?? 0,
    from,
    project: undefined,
    load: async () => storedDocument({ info, messages }),
  }
}

/** Where the session ran, in this work tree; its root, when there is no such directory. */
function directoryOf({ info }: Document, worktree: string): string {
  const path = textOf(info.path) ?? ''
  const directory = join(worktree, path)
  const isBelow = !path.split(/[\\/]/).includes('..')
  return isBelow && statSync(directory, { throwIfNoEntry: false })?.isDirectory() ? directory : worktree
}
