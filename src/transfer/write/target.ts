import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { OcvaultError } from '../../base/errors.ts'
import { dataDir } from '../../opencode/data-dirs.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import { type Discovery, discover, type FoundStore, type Generation, thisMachine } from '../../stores/catalog/discover.ts'
import { JsonTreeWriter } from './json-tree/json-tree-writer.ts'
import { layoutV1 } from './sqlite/layout-v1.ts'
import { layoutV2 } from './sqlite/layout-v2.ts'
import { SqliteWriter } from './sqlite/sqlite-writer.ts'
import type { StoreWriter } from './writer.ts'

/** What sessions are written for: a database as 1.x or 2.x use it, or the JSON tree of 0.6 to 1.1. */
export type Into = Generation | 'json'

/** A database, or a JSON tree, that sessions are written into. */
export interface Target {
  readonly path: string
  readonly layout: 'sqlite' | 'json-tree'
  /** `v1` for a JSON tree. */
  readonly generation: Generation
  /** Why this generation, for a person. */
  readonly why: string
  /** The generation that was not taken, though the database has its tables, too. */
  readonly other?: Generation
}

const makers = { v1: 'start opencode once, which makes its database', v2: 'start OpenCode 2 once, which makes its tables' }

/**
 * The database that OpenCode opens, and the generation that uses it: the only one that has tables there; of two, 2.x, unless 1.x
 * wrote last.
 * @param root a data directory, a home or a database instead of the machine's own
 * @throws OcvaultError `not-found` when there is none
 */
export function findTarget(root?: string, into?: Into): Target {
  const { stores, problems } = discovered(root, into)
  try {
    const databases = stores.filter(({ store, hidden }) => hidden === null && /^sqlite-/.test(store.kind))
    const path = databases[0]?.store.path
    const tree = stores.find(({ store }) => store.kind === 'json-tree')?.store.path
    if (into === 'json') return { path: tree ?? newTree(root), layout: 'json-tree', generation: 'v1', why: 'as asked' }
    if (path === undefined && into === undefined && tree !== undefined) {
      return { path: tree, layout: 'json-tree', generation: 'v1', why: 'there is a JSON tree, and no database' }
    }
    if (path === undefined) {
      const place = root === undefined ? 'on this machine' : `in ${root}`
      const reason = problems.find(({ path: at }) => at.endsWith('.db'))?.reason
      throw new OcvaultError('not-found', `no OpenCode database ${place}${reason ? ` (${reason})` : ''}: ${makers.v1}`, {
        hint: 'root',
      })
    }
    const here = databases.filter(({ store }) => store.path === path)
    const choice = into ? { generation: into, why: 'as asked' } : usedBy(here)
    if (!here.some(({ store }) => store.kind === `sqlite-${choice.generation}`)) {
      throw new OcvaultError(
        'refused',
        `${path} has no tables of OpenCode ${choice.generation === 'v1' ? '1.x' : '2.x'}: ${makers[choice.generation]}`,
      )
    }
    return { path, layout: 'sqlite', ...choice }
  } finally {
    for (const { store } of stores) store.close()
  }
}

/**
 * What is in a root; nothing, rather than an error, in a folder that is empty yet, or where a tree will be made: what is missing
 * is said where it is known what for.
 */
function discovered(root: string | undefined, into: Into | undefined): Pick<Discovery, 'stores' | 'problems'> {
  if (root === undefined) return discover()
  try {
    return discover({ roots: [root] })
  } catch (error) {
    const comes = into === 'json' || existsSync(root)
    if (comes && error instanceof OcvaultError && error.code === 'not-found') return { stores: [], problems: [] }
    throw error
  }
}

/** Where a JSON tree goes that is not there yet. @param root a `storage` folder, a data directory or a home */
function newTree(root: string | undefined): string {
  if (root === undefined) return join(dataDir(thisMachine()), 'storage')
  const path = resolve(root)
  if (basename(path) === 'storage') return path
  const inHome = dataDir({ ...thisMachine(), env: {}, home: path })
  return join(existsSync(inHome) ? inHome : path, 'storage')
}

function newest({ store }: FoundStore): number {
  for (const { time } of store.sessions()) return time.updated
  return 0
}

function usedBy(stores: readonly FoundStore[]): Pick<Target, 'generation' | 'why' | 'other'> {
  const v1 = stores.find(({ store }) => store.kind === 'sqlite-v1')
  const v2 = stores.find(({ store }) => store.kind === 'sqlite-v2')
  if (!v2) return { generation: 'v1', why: 'it has the tables of 1.x alone' }
  if (!v1) return { generation: 'v2', why: 'it has the tables of 2.x alone' }
  if (newest(v1) > newest(v2)) return { generation: 'v1', why: 'it has been used by 2.x, and since then by 1.x', other: 'v2' }
  return { generation: 'v2', why: '2.x has taken it over', other: 'v1' }
}

/**
 * Opens a database for writing.
 * @throws OcvaultError `refused` when its schema is none that can be written, `failed` when it cannot be opened
 */
export function openWriter({ path, generation, layout }: Target): StoreWriter & { readonly asksRemote: boolean } {
  if (layout === 'json-tree') return new JsonTreeWriter(path)
  const db = new WritableDatabase(path)
  try {
    return generation === 'v1' ? new SqliteWriter(db, layoutV1) : new SqliteWriter(db, layoutV2)
  } catch (error) {
    db.close()
    throw error
  }
}
