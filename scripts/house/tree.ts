import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A place where a rule does not hold. `path` is relative to the repository, with `/`. */
export interface Finding {
  readonly rule: string
  readonly path: string
  readonly line?: number
  readonly text: string
}

/** The text of every file that people write, by its path relative to the repository. */
export type Tree = ReadonlyMap<string, string>

const written = [
  '*.{md,ts}',
  '.github/**/*.md',
  '.ci/*',
  '{src,e2e,bench,scripts,changes}/**/*.{ts,tsx,mjs,md}',
  '{docs,fixtures}/*.md',
]

export function readTree(root: string): Tree {
  const paths = globSync(written, { cwd: root }).map((path) => path.replaceAll('\\', '/'))
  return new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

/** What is shipped: `src/` without tests and what tests share. */
export function shipped(tree: Tree): [path: string, text: string][] {
  return [...tree].filter(
    ([path]) => /^src\/.*\.tsx?$/.test(path) && !path.endsWith('.test.ts') && !path.startsWith('src/testing/'),
  )
}

export const lineAt = (text: string, offset: number) => text.slice(0, offset).split('\n').length
