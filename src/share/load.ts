import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionID } from '../opencode/ids.ts'
import { type JsonObject, numberOf, objectOf, textOf } from '../opencode/json.ts'
import { storedDocument } from '../stores/export-file.ts'
import { type ImportReport, importInput } from '../transfer/import.ts'
import type { Incoming } from '../transfer/input.ts'
import type { Target } from '../transfer/target.ts'
import { withOriginals } from './compare.ts'
import { kept, type LocalSessions } from './local-sessions.ts'
import { rewritten } from './portable-paths.ts'
import { type Document, idOf } from './saved-document.ts'
import type { SavedTree, Shelf } from './shelf.ts'
import { type Standing, standingOf } from './standing.ts'

export interface LoadOptions {
  /** Changes nothing. */
  readonly dryRun: boolean
  /** Where the notes for undoing go. */
  readonly undo?: string
}

export interface LoadReport {
  readonly path: string
  /** The session here that has what was saved. */
  readonly id: SessionID
  readonly title: string | null
  readonly author: string | null
  readonly standing: Standing
  /** Null when there was nothing to do. */
  readonly report: ImportReport | null
}

/** Who saved a session: as git knows it, else as the file says. */
export const authorOf = (tree: SavedTree, shelf: Shelf): string | null =>
  shelf.origin(tree.path)?.author || tree.documents[0]!.author

/**
 * Brings a saved session and its subagents into OpenCode's database, as far as it is not there. What both sides have stays as it is here,
 * secrets included; where both went on, theirs comes beside ours.
 * @throws OcvaultError as imports do
 */
export async function loadSession(
  local: LocalSessions,
  tree: SavedTree,
  shelf: Shelf,
  target: Target,
  { dryRun, undo }: LoadOptions,
): Promise<LoadReport> {
  const standing = await standingOf(tree, local)
  const author = authorOf(tree, shelf)
  const { id, relation } = standing
  const documents = await ready(standing, local, author)
  const title = textOf(documents[0]!.info.title)
  const told = { path: tree.path, id, title, author, standing }
  if (relation === 'same' || relation === 'ahead') return { ...told, report: null }
  const sessions = documents.map((document) => incoming(document, `${shelf.place}/${tree.path}`))
  const input = { sessions, problems: [], close: () => undefined }
  const project = directoryOf(documents[0]!, local.worktree)
  const report = await importInput(input, target, { project, update: true, dryRun, ...(undo !== undefined && { undo }) })
  return { ...told, report }
}

/** The saved sessions as they shall be here. */
async function ready({ documents, here, fork }: Standing, local: LocalSessions, author: string | null): Promise<Document[]> {
  const { paths } = here ?? (await local.view(documents.map(({ info }) => ({ info, messages: [] }))))
  const localised = <T>(value: T): T => rewritten(value, (text) => paths.local(text))
  return documents.map((saved, index) => {
    const at = here ? here.shown.findIndex(({ info }) => idOf(info) === idOf(saved.info)) : -1
    const mine = here?.originals[at]
    const { messages } = mine
      ? withOriginals(saved, mine, here!.shown[at]!, localised)
      : { messages: saved.messages.map((message) => localised(message)) }
    const info = withoutOwn(localised(saved.info))
    const whole = mine ? { ...info, ...Object.fromEntries(kept.flatMap((key) => (key in mine.info ? [[key, mine.info[key]]] : []))) } : info
    return { info: index === 0 && fork ? { ...whole, title: copyTitle(whole, author) } : whole, messages }
  })
}

/** What a file may not decide: what OpenCode may do unasked, and where the session is shared. */
function withoutOwn({ permission: _, share: __, workspaceID: ___, ...info }: JsonObject): JsonObject {
  return info
}

const copyTitle = (info: JsonObject, author: string | null) => `${textOf(info.title) ?? ''} (from ${author ?? 'someone else'})`.trim()

function incoming({ info, messages }: Document, from: string): Incoming {
  return {
    ...{ id: idOf(info), title: textOf(info.title), parentID: textOf(info.parentID) },
    ...{ updated: numberOf(objectOf(info.time).updated) ?? 0, from, project: undefined },
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
