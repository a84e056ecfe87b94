import { existsSync, lstatSync, realpathSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  applyEdits,
  findNodeAtLocation,
  getNodeValue,
  type JSONPath,
  modify,
  type Node,
  type ParseError,
  parseTree,
} from 'jsonc-parser'
import { OcvaultError } from '../base/errors.ts'
import { makeFolder, writeAtomically, writingFailed } from '../base/files.ts'
import { isObject } from '../base/json.ts'
import { readRegular } from '../base/regular.ts'

/** Of OpenCode itself: 2.x has other keys for the same. */
type Generation = 'v1' | 'v2'

/** What is put into OpenCode's configuration. */
export interface Registration {
  readonly what: 'mcp' | 'plugin'
  /** What starts the server: words. Not looked at for a plugin. */
  readonly command: readonly string[]
  /** For which generation, where the file itself does not tell. */
  readonly generation: Generation
}

export interface RegisterOptions {
  readonly remove: boolean
  readonly dryRun: boolean
  /** Whether a link is followed: a person's own configuration often is one, and what came with a repository may lead anywhere. */
  readonly links: boolean
}

/** What became of the file: `foreign` is an entry of the same name that we did not make. */
export interface Registered {
  readonly path: string
  readonly state: 'written' | 'updated' | 'unchanged' | 'removed' | 'absent' | 'foreign'
}

/** The name of our entry, and of the package that OpenCode installs. */
const name = 'ocvault'
const schema = 'https://opencode.ai/config.json'

/** A new file as we begin it, and what is left of it when our entry is gone. */
const skeleton = `{\n  "$schema": "${schema}"\n}\n`

/**
 * Puts our entry into OpenCode's configuration, or takes it out. Comments, order and whatever else stands there stay as they are.
 * @param files where a configuration may be, in the order in which they are preferred; the last is made where there is none
 * @throws OcvaultError `refused` when the file is a link that is not followed, or cannot be read as JSON; `failed` when it cannot
 *   be written
 */
export function register(
  files: readonly string[],
  { what, command, generation }: Registration,
  { remove, dryRun, links }: RegisterOptions,
): Registered {
  const config = openConfig(files, links)
  const { path, text } = config
  const kind = config.generation ?? generation
  const state = stateOf(config, what, kind, command, remove)
  if (dryRun || state === 'unchanged' || state === 'absent' || state === 'foreign') return { path, state }
  const changed = what === 'mcp' ? withServer(config, kind, remove ? undefined : command) : withPlugin(config, kind, remove)
  if (changed === skeleton && text !== skeleton && remove) removeFile(path)
  else write(path, changed)
  return { path, state }
}

interface Config {
  readonly path: string
  /** Without the mark of byte order. */
  readonly text: string
  readonly isNew: boolean
  readonly root: Node
  readonly generation: Generation | null
}

function openConfig(files: readonly string[], links: boolean): Config {
  const there = files.filter((file) => existsSync(file))
  const opened = there.map((file) => readConfig(file, links))
  const ours = opened.find(({ root }) => places.some((place) => holdsUs(root, place)))
  const path = files.at(-1)!
  return ours ?? opened[0] ?? { path, text: skeleton, isNew: true, root: parsed(skeleton, path), generation: null }
}

function readConfig(file: string, links: boolean): Config {
  if (!links && lstatSync(file).isSymbolicLink())
    throw new OcvaultError('refused', `${file} is a link: nothing is written through it`)
  const path = realpathSync(file)
  const text = readRegular(path)
    .toString()
    .replace(/^\ufeff/, '')
  const root = parsed(text === '' ? '{}' : text, file)
  return { path, text: text === '' ? '{}' : text, isNew: false, root, generation: generationOf(root) }
}

/** @throws OcvaultError for what is no object, which OpenCode could not read either */
function parsed(text: string, path: string): Node {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false })
  if (root?.type === 'object' && errors.length === 0) return root
  const line = text.slice(0, errors[0]?.offset ?? 0).split('\n').length
  throw new OcvaultError('refused', `${path} is no JSON that could be added to (line ${line}); it stays as it is`)
}

/** What a file says of the OpenCode that it is for. */
function generationOf(root: Node): Generation | null {
  const value = getNodeValue(root) as { mcp?: unknown; plugin?: unknown; plugins?: unknown }
  const servers = isObject(value.mcp) ? value.mcp : {}
  if (value.plugins !== undefined || (isObject(servers.servers) && typeof servers.servers.type !== 'string')) return 'v2'
  if (value.plugin !== undefined || Object.keys(servers).length > 0) return 'v1'
  return null
}

const serverPlace: Record<Generation, JSONPath> = { v1: ['mcp', name], v2: ['mcp', 'servers', name] }
const pluginPlace: Record<Generation, JSONPath> = { v1: ['plugin'], v2: ['plugins'] }
const places = [...Object.values(serverPlace), ...Object.values(pluginPlace)]

function holdsUs(root: Node, place: JSONPath): boolean {
  const node = findNodeAtLocation(root, place)
  if (!node) return false
  return place.at(-1) === name || pluginIndex(node) !== -1
}

/** Where our package stands in a list of plugins: alone, with a version, with options as 1.x or 2.x has them. */
function pluginIndex(list: Node): number {
  const entries = (list.type === 'array' ? getNodeValue(list) : []) as unknown[]
  const named = (entry: unknown): unknown => (Array.isArray(entry) ? entry[0] : isObject(entry) ? entry.package : entry)
  return entries.findIndex((entry) => new RegExp(`^${name}(?:@.*)?$`).test(String(named(entry))))
}

function stateOf(
  { root, isNew }: Config,
  what: Registration['what'],
  kind: Generation,
  command: readonly string[],
  remove: boolean,
): Registered['state'] {
  if (what === 'plugin') {
    const list = findNodeAtLocation(root, pluginPlace[kind])
    const isThere = list !== undefined && pluginIndex(list) !== -1
    if (remove) return isThere ? 'removed' : 'absent'
    return isThere ? 'unchanged' : isNew ? 'written' : 'updated'
  }
  const node = findNodeAtLocation(root, serverPlace[kind])
  if (!node) return remove ? 'absent' : isNew ? 'written' : 'updated'
  const entry: unknown = getNodeValue(node)
  if (!isObject(entry) || !Array.isArray(entry.command) || entry.command.at(-1) !== 'mcp') return 'foreign'
  if (remove) return 'removed'
  return JSON.stringify(entry.command) === JSON.stringify(command) ? 'unchanged' : 'updated'
}

function withServer(config: Config, kind: Generation, command: readonly string[] | undefined): string {
  const place = serverPlace[kind]
  const entry = command && { type: 'local', command, ...(kind === 'v1' && { enabled: true }) }
  if (entry) return changed(config.text, place, entry)
  return withoutEmpty(changed(config.text, place, undefined), place.slice(0, -1))
}

function withPlugin({ text, root }: Config, kind: Generation, remove: boolean): string {
  const place = pluginPlace[kind]
  const list = findNodeAtLocation(root, place)
  if (remove) return withoutEmpty(withoutItem(text, list!, pluginIndex(list!)), place)
  return list?.type === 'array' ? changed(text, [...place, -1], name) : changed(text, place, [name])
}

/** A list without one of its items, by hand: the library takes the last of a list in one line for one with a line of its own. */
function withoutItem(text: string, { children = [] }: Node, index: number): string {
  const endOf = ({ offset, length }: Node) => offset + length
  const [before, item, after] = [children[index - 1], children[index]!, children[index + 1]]
  const start = before ? endOf(before) : item.offset
  const end = before || !after ? endOf(item) : after.offset
  return text.slice(0, start) + text.slice(end)
}

/** A list or an object of which nothing is left goes, too. */
function withoutEmpty(text: string, place: JSONPath): string {
  if (place.length === 0) return text
  const node = findNodeAtLocation(parsed(text, ''), place)
  if (!node || (node.children?.length ?? 0) > 0) return text
  return withoutEmpty(changed(text, place, undefined), place.slice(0, -1))
}

function changed(text: string, place: JSONPath, value: unknown): string {
  const [, indent = '  '] = /\n([ \t]+)\S/.exec(text) ?? []
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
  return applyEdits(text, modify(text, place, value, { formattingOptions, isArrayInsertion: place.at(-1) === -1 }))
}

function write(path: string, text: string): void {
  makeFolder(dirname(path), 'shared')
  writeAtomically(path, [Buffer.from(text)], { access: 'shared' })
}

function removeFile(path: string): void {
  try {
    rmSync(path)
  } catch (error) {
    throw writingFailed(path, error)
  }
}

/** Where OpenCode reads a configuration, of a repository or the user's own: the preferred first, the last for a new one. */
export const configFiles = {
  project: (worktree: string): string[] => [
    join(worktree, 'opencode.jsonc'),
    join(worktree, '.opencode', 'opencode.jsonc'),
    join(worktree, '.opencode', 'opencode.json'),
    join(worktree, 'opencode.json'),
  ],
  global: (folder: string): string[] => [
    join(folder, 'opencode.jsonc'),
    join(folder, 'config.json'),
    join(folder, 'opencode.json'),
  ],
}
