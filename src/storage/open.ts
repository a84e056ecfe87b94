import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Keys } from '../archive/encrypt.ts'
import { isArchive } from '../archive/read/recognise.ts'
import { OcvaultError } from '../base/errors.ts'
import { dataDir } from '../opencode/data-dirs.ts'
import { type Discovery, discover, type FoundStore, thisMachine } from '../stores/catalog/discover.ts'
import type { Store } from '../stores/store.ts'
import type { Layer } from './layer.ts'
import { Storage } from './storage.ts'
import { StoreLayer } from './store-layer.ts'
import { type NoteChange, TreeChanges } from './tree-changes.ts'
import { TreeLayer } from './tree-layer.ts'
import { Union } from './union.ts'
import { V1Layer } from './v1-layer.ts'
import { V2Layer } from './v2-layer.ts'

interface StorageOptions {
  readonly keys?: Keys | undefined
  /** Is told of every change in a tree before it is made. */
  readonly note?: NoteChange | undefined
  readonly dryRun?: boolean | undefined
}

/**
 * Opens what is at a place as OpenCode's storage.
 * @param root as `openStorage` of `api/` has it
 * @throws OcvaultError as that one
 */
export async function openStorageAt(root: string | undefined, options: StorageOptions): Promise<Storage> {
  if (root === undefined) return ofStores('this machine', discover(), options)
  const path = resolve(root)
  if (existsSync(path) && isArchive(path)) return ofArchive(path, options)
  const tree = treeAt(path)
  if (tree !== undefined) return ofTree(tree, options)
  try {
    return ofStores(path, discover({ roots: [path] }), options)
  } catch (error) {
    // What OpenCode has just begun holds no sessions yet.
    const begun = [join(path, 'storage'), join(dataDir({ ...thisMachine(), env: {}, home: path }), 'storage')].find(isFolder)
    if (begun === undefined || !(error instanceof OcvaultError) || error.code !== 'not-found') throw error
    return ofTree(begun, options)
  }
}

async function ofArchive(path: string, { keys }: StorageOptions): Promise<Storage> {
  const [{ archiveOpener }, { ArchiveLayer }] = await Promise.all([
    import('../archive/store/opener.ts'),
    import('./archive-layer.ts'),
  ])
  const archive = (await archiveOpener([path], keys))(path)
  if (!archive) throw new OcvaultError('failed', `cannot read ${path}: it is no longer what it was`)
  const layer = new ArchiveLayer(archive)
  return new Storage({ layer, written: sentence(path, names.archive), problems: [] })
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** The tree that a place is, or where one begins: nothing else is in that place. */
function treeAt(path: string): string | undefined {
  const isTree = ['session', 'message'].some((name) => isFolder(join(path, name)))
  if (isTree || (basename(path) === 'storage' && (isFolder(path) || isFolder(dirname(path))))) return path
  return undefined
}

function ofTree(path: string, options: StorageOptions): Storage {
  const tree = new TreeLayer(path)
  return new Storage({ layer: tree, written: { tree, changes: new TreeChanges(tree, options) }, problems: [] })
}

/** A database whose first page is damaged is read by what its other pages hold. */
function orWithoutTables(store: Store, open: () => Layer): Layer {
  try {
    return open()
  } catch (error) {
    if (error instanceof OcvaultError) return new StoreLayer(store)
    throw error
  }
}

/** 2.x before 1.x before trees: the order in which copies of one time win. */
const ranks = ['sqlite-v2', 'sqlite-v1', 'json-tree']
const rankOf = ({ store }: FoundStore) => (ranks.includes(store.kind) ? ranks.indexOf(store.kind) : ranks.length)

function ofStores(root: string, { stores, problems }: Discovery, options: StorageOptions): Storage {
  const sorted = stores.toSorted((a, b) => rankOf(a) - rankOf(b))
  const trees: TreeLayer[] = []
  const layers = sorted.map(({ store }): Layer => {
    if (store.kind === 'sqlite-v2') return orWithoutTables(store, () => new V2Layer(store))
    if (store.kind === 'sqlite-v1') {
      return orWithoutTables(store, () => new V1Layer(store, join(dirname(store.path), 'storage')))
    }
    if (store.kind !== 'json-tree') return new StoreLayer(store)
    const tree = new TreeLayer(store.path)
    trees.push(tree)
    store.close()
    return tree
  })
  const [first] = layers
  if (!first) throw new OcvaultError('not-found', 'no OpenCode sessions on this machine', { hint: 'root' })
  const layer = layers.length === 1 ? first : new Union(root, layers)
  const [tree, ...more] = trees
  const inUse = sorted.some(({ store }) => /^sqlite-/.test(store.kind))
  const canWrite = tree !== undefined && more.length === 0 && !inUse
  const written = canWrite ? { tree, changes: new TreeChanges(tree, options) } : refusal(sorted, tree)
  return new Storage({ layer, written, problems })
}

const names = {
  'sqlite-v2': 'a database',
  'sqlite-v1': 'a database',
  'json-tree': 'one of several JSON trees',
  'json-slug': 'a JSON tree of 0.5 and before, under other keys',
  'home-folder': 'a folder that no OpenCode reads',
  'export-file': 'an exported session',
  archive: 'an archive',
} as const

function refusal([first]: readonly FoundStore[], tree: TreeLayer | undefined): string {
  const { kind, path } = first!.store
  const beside = tree && kind !== 'json-tree' ? `; the JSON tree beside it, ${tree.path}, is written when it is named itself` : ''
  return sentence(path, names[kind]) + beside
}

const sentence = (path: string, what: string) => `${path} is ${what}: keys are read there, and written only in a JSON tree`
