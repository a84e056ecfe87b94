import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { inOrder } from '../base/canonical-json.ts'
import { OcvaultError } from '../base/errors.ts'
import { type JsonObject, textOf } from '../base/json.ts'
import { isInside } from '../opencode/directories.ts'
import type { SessionID } from '../opencode/ids.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { each } from './messages.ts'
import { PortablePaths } from './portable-paths.ts'
import { type Document, idOf, storedInV1 } from './saved-document.ts'

/** How many secrets a session and its subagents have, by what became of them. */
export interface SecretCounts {
  /** Replaced. */
  readonly redactions: number
  /** Left by a rule of `.opencode/ocvault.json`. */
  readonly allowed: number
  /** Left because the person said so in a review. */
  readonly kept: number
}

/** Replaces the secrets of a session and its subagents, always the same way. */
export type Redact = (documents: readonly Document[]) => Promise<SecretCounts & { readonly documents: readonly Document[] }>

/** A tree of sessions on this machine, the root first. */
export interface LocalTree {
  /** As they are stored, in the shape of 1.x. */
  readonly originals: readonly Document[]
  /** The same as they would be saved. */
  readonly shown: readonly Document[]
  readonly secrets: SecretCounts
  readonly paths: PortablePaths
  /** Only what is left of a session whose own record is gone: OpenCode does not show it. */
  readonly isRemains?: boolean
}

/**
 * What says where a session is, or is the business of its owner alone: a share link leads to everything that is left out here.
 */
const own = new Set(['workspaceID', 'share', 'permission'])

/** Fields of a session that stay as they are when a saved version comes in. */
export const ownFields = ['workspaceID', 'share', 'permission', 'slug', 'version', 'projectID', 'directory', 'path'] as const

const uncounted = { cost: 0, tokens: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } } }

function withoutOwn(info: JsonObject): JsonObject {
  const shared = Object.entries(info).filter(([key]) => !own.has(key))
  // What releases before 1.2 did not count is nought in the tables of those after. Whoever loads it has a project of his own.
  const { path } = info
  return {
    ...uncounted,
    ...Object.fromEntries(shared),
    projectID: 'global',
    ...(path !== undefined && { path: placeIn(info).path }),
  }
}

/** Sessions as they are in the stores here, and as they would be saved from this work tree. */
export class LocalSessions {
  readonly worktree: string
  readonly #catalog: Catalog
  readonly #redact: Redact
  readonly #known = new Map<SessionID, Promise<LocalTree | undefined>>()

  constructor(catalog: Catalog, worktree: string, redact: Redact) {
    this.#catalog = catalog
    this.worktree = worktree
    this.#redact = redact
  }

  /** The tree below a session; undefined when it is not here. */
  tree(id: SessionID): Promise<LocalTree | undefined> {
    const known = this.#known.get(id) ?? this.#read(id)
    this.#known.set(id, known)
    return known
  }

  async #read(id: SessionID): Promise<LocalTree | undefined> {
    const root = this.#catalog.session(id)
    if (!root) return undefined
    const originals = [...this.#catalog.tree(root)].map(([session]) => this.#document(session))
    const tree = await this.view(originals)
    return root.remains === undefined ? tree : { ...tree, isRemains: true }
  }

  #document({ id, parentID }: Session): Document {
    const stored = this.#catalog.stored(id)
    if (!stored) throw new OcvaultError('failed', `session ${id} is there, but cannot be read`)
    const { info, messages } = storedInV1(stored)
    return { info: parentID === null ? info : { ...info, parentID }, messages }
  }

  /** How sessions would be saved. */
  async view(originals: readonly Document[]): Promise<LocalTree> {
    const paths = pathsFor(this.worktree, originals)
    const { documents, ...secrets } = await this.#redact(originals.map((original) => portable(original, paths)))
    return { originals, shown: documents, secrets, paths }
  }
}

/** A session without what is of this machine or of its owner alone, the fields in one order. */
export function portable({ info, messages }: Document, paths: PortablePaths): Document {
  const made = <T>(value: T): T => inOrder(value, (text) => paths.portable(text)) as T
  return { info: made(withoutOwn(info)), messages: each(messages, made) }
}

/**
 * The work tree that a session ran in, and where in it. Outside of a repository OpenCode takes the whole disk for the work tree.
 */
function placeIn(info: JsonObject): { root: string; path: string } {
  const [directory, path] = [textOf(info.directory) ?? '', textOf(info.path) ?? '']
  const isInside = path !== '' && directory.replaceAll('\\', '/').endsWith(`/${path}`)
  const root = isInside ? directory.slice(0, -path.length - 1) : directory
  return /^(?:[A-Za-z]:)?$/.test(root) ? { root: directory, path: '' } : { root, path }
}

/** The work tree by every name that these sessions know it under: they may have been started in another place. */
function pathsFor(worktree: string, documents: readonly Document[]): PortablePaths {
  const home = homedir()
  const started = documents.flatMap(({ info }) => (typeof info.directory === 'string' ? [placeIn(info).root] : []))
  // A place that holds the home or the work tree is no name of the work tree.
  const names = started.filter((directory) => directory !== '' && !isInside(directory, home) && !isInside(directory, worktree))
  const elsewhere = names.filter((directory) => !isInside(worktree, directory))
  return new PortablePaths([...new Set([worktree, ...elsewhere])], resolve(home))
}

/** The id of the root of a tree. */
export const rootID = (documents: readonly Document[]): SessionID => idOf(documents[0]?.info ?? {})
