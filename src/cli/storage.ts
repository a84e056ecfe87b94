import { text as textOfStream } from 'node:stream/consumers'
import { openStorage } from '../api/storage.ts'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { escapedJSON, safeJSON, safeLine } from '../render/safe-text.ts'
import { shortPath } from '../render/words.ts'
import { NotFoundError } from '../storage/errors.ts'
import { mergePatch } from '../storage/merge-patch.ts'
import type { Storage } from '../storage/storage.ts'
import { undoFolder } from '../transfer/undo/folder.ts'
import { exitCode } from './exit-code.ts'
import { advised } from './hints.ts'
import { keysFor } from './passphrase.ts'
import { hint, Output } from './terminal.ts'
import type { StorageAction, StorageFlags } from './verbs/storage.ts'

/** `ocvault storage`. */
export async function storageCommand(action: StorageAction, names: readonly string[], flags: StorageFlags): Promise<void> {
  const { root: roots = [], dryRun } = flags
  if (roots.length > 1) throw new OcvaultError('usage', 'keys are those of one place: give --root once')
  const keys = names.map(keyOf)
  require(action, keys.length)
  // Asked for before anything is opened: whoever types it may take long.
  const input = action === 'write' || action === 'update' ? await valueOfStdin() : undefined
  const changes: string[] = []
  const storage = await openStorage(roots[0], {
    keys: await keysOf(roots[0], flags),
    undo: action === 'read' || action === 'list' ? undefined : undoFolder(),
    onNote: (change) => changes.push(change),
    dryRun,
  })
  try {
    if (action === 'read') await read(storage, keys)
    else if (action === 'list') await list(storage, keys[0] ?? [], flags)
    else await change(storage, action, keys, input, changes, flags)
  } finally {
    report(storage)
    storage.close()
  }
}

/** A slash at the end of a prefix is no name. */
const keyOf = (name: string): string[] => name.replace(/\/$/, '').split('/')

async function keysOf(root: string | undefined, flags: StorageFlags) {
  if (root === undefined) return {}
  const { isEncrypted } = await import('../api/verify.ts')
  return isEncrypted(root) ? keysFor(flags, true) : {}
}

function require(action: StorageAction, given: number): void {
  if (action === 'list') {
    if (given > 1) throw new OcvaultError('usage', 'storage list takes one prefix')
    return
  }
  if (given === 0) throw new OcvaultError('usage', `say which key to ${action}`)
  if (given > 1 && (action === 'write' || action === 'update')) throw new OcvaultError('usage', `storage ${action} takes one key`)
}

async function valueOfStdin(): Promise<unknown> {
  const text = await textOfStream(process.stdin)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new OcvaultError('usage', `what comes in is no JSON: ${reasonOf(error)}`, { cause: error })
  }
}

/** A key that is not there does not keep the others from being read. */
async function read(storage: Storage, keys: readonly string[][]): Promise<void> {
  const out = new Output()
  for (const key of keys) {
    try {
      await out.write(`${escapedJSON(JSON.stringify(await storage.read(key), null, 2))}\n`)
    } catch (error) {
      if (!(error instanceof NotFoundError) || keys.length === 1) throw error
      process.stderr.write(`ocvault: ${safeLine(advised(error.message, error.hint))}\n`)
      process.exitCode = exitCode.notFound
    }
  }
  await out.flush()
}

async function list(storage: Storage, prefix: readonly string[], { json }: StorageFlags): Promise<void> {
  const out = new Output()
  let count = 0
  for (const key of storage.keys(prefix)) {
    const text = json ? `${count > 0 ? ',\n' : '[\n'}  ${safeJSON(key)}` : `${safeLine(key.join('/'))}\n`
    await out.write(text)
    count++
  }
  if (json) await out.write(count > 0 ? '\n]\n' : '[]\n')
  await out.flush()
}

const done = { write: 'wrote', update: 'updated', remove: 'removed' } as const
const planned = { write: 'would write', update: 'would update', remove: 'would remove' } as const

async function change(
  storage: Storage,
  action: keyof typeof done,
  keys: readonly string[][],
  input: unknown,
  changes: readonly string[],
  flags: StorageFlags,
): Promise<void> {
  let value: unknown
  const changed: string[][] = []
  for (const key of keys) {
    if (action === 'write') await storage.write(key, input)
    else if (action === 'update') value = await storage.update(key, (draft) => mergePatch(draft, input))
    else if (!(await storage.remove(key))) {
      if (!flags.quiet) process.stderr.write(`ocvault: there is nothing under ${safeLine(key.join('/'))}\n`)
      continue
    }
    changed.push(key)
  }
  const dryRun = flags.dryRun ?? false
  if (flags.json) {
    const updated = action === 'update' ? { value } : {}
    process.stdout.write(`${safeJSON({ keys: changed, tree: storage.tree, dryRun, changes, ...updated }, 2)}\n`)
    return
  }
  const words = (dryRun ? planned : done)[action]
  for (const key of changed) process.stdout.write(`${words} ${safeLine(key.join('/'))} in ${shortPath(storage.tree ?? '')}\n`)
  if (changes.length > 0) hint('ocvault undo takes it back', flags)
}

function report(storage: Storage): void {
  const missing = storage.problems().filter(({ kind }) => kind === 'unreadable')
  for (const { path, reason } of missing) process.stderr.write(`ocvault: could not read ${safeLine(path)}: ${safeLine(reason)}\n`)
  if (missing.length > 0) process.exitCode ??= exitCode.incomplete
}
