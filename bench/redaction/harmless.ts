import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'

/** Lines of a real text, as an agent reads them. */
export interface Window {
  /** `lock files`, `docs`, `sources`, `types`, `data`. */
  readonly family: string
  /** File and line. */
  readonly place: string
  readonly text: string
}

const families: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['.md', '.txt', '.html', '.markdown'].map((ending) => [ending, 'docs'])),
  ...Object.fromEntries(
    ['.js', '.mjs', '.cjs', '.ts', '.py', '.c', '.cc', '.h', '.sh', '.css'].map((ending) => [ending, 'sources']),
  ),
  ...Object.fromEntries(['.json', '.yml', '.yaml', '.toml', '.xml', '.map'].map((ending) => [ending, 'data'])),
}

const linesPerWindow = 40
/** What is longer is minified. */
const longestWindow = 8_000

/** Of a package no more than some windows: a few have thousands of files. */
const windowsPerPackage = 150

const orderOf = (text: string) => createHash('sha1').update(text).digest('hex')

/** Windows of the texts that npm packages ship, and of lock files; the same ones in every run on the same packages. */
export function harmlessWindows(root: string, count: number): Window[] {
  const lock = windowsOf(join(root, 'package-lock.json'), 'lock files').slice(0, Math.ceil(count / 8))
  const packages = new Map<string, Window[]>()
  for (const path of textsBelow(join(root, 'node_modules'))) {
    const [, name = ''] = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(path) ?? []
    const windows = packages.get(name) ?? []
    packages.set(name, windows)
    const family = path.endsWith('.d.ts') ? 'types' : families[extname(path)]!
    const own = windowsOf(path, family).sort((a, b) => (orderOf(a.place) < orderOf(b.place) ? -1 : 1))
    windows.push(...own.slice(0, 5))
  }
  const some = [...packages.values()].flatMap((windows) =>
    windows.sort((a, b) => (orderOf(a.place) < orderOf(b.place) ? -1 : 1)).slice(0, windowsPerPackage),
  )
  const chosen = some.sort((a, b) => (orderOf(a.place) < orderOf(b.place) ? -1 : 1))
  return [...lock, ...chosen.slice(0, count - lock.length)]
}

function* textsBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && entry.name !== '.cache') yield* textsBelow(path)
    else if (entry.isFile() && families[extname(entry.name)] && statSync(path).size < 300_000) yield path
  }
}

function windowsOf(path: string, family: string): Window[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  const windows: Window[] = []
  for (let at = 0; at < lines.length; at += linesPerWindow) {
    const text = lines.slice(at, at + linesPerWindow).join('\n')
    if (text.trim().length > 100 && text.length < longestWindow) windows.push({ family, place: `${path}:${at + 1}`, text })
  }
  return windows
}
