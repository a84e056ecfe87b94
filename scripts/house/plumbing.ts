import { type Finding, lineAt, shipped, type Tree } from './tree.ts'

interface Pipe {
  readonly rule: string
  readonly pattern: RegExp
  /** Where it belongs. */
  readonly home: RegExp
  readonly text: string
}

const pipes: readonly Pipe[] = [
  {
    rule: 'node:sqlite',
    pattern: /(?:\bfrom|\bimport\()\s*'node:sqlite'/g,
    home: /^src\/sqlite\//,
    text: 'databases are opened through src/sqlite',
  },
  {
    rule: 'processes',
    pattern: /'node:child_process'/g,
    home: /^src\/(?:base\/git\.ts|cli\/|plugin\/|serve\/undelete\/)/,
    text: 'git is run by src/base/git.ts, and nothing else by the core',
  },
  {
    rule: 'durable files',
    pattern: /\b(?:fsync|fdatasync|rename)(?:Sync)?\b(?=\(|.*'node:fs)/g,
    home: /^src\/base\/files\b/,
    text: 'files are written beside their place, synced and renamed by src/base/files.ts',
  },
  {
    rule: 'names',
    pattern: /(?<=[({,:] ?)_+(?= *[,:)}=])/g,
    home: /^$/,
    text: 'what is not looked at has a name, too; fields are left out by src/base/omit.ts',
  },
]

/** What has one place in the house is not done elsewhere. */
export function plumbing(tree: Tree): Finding[] {
  return shipped(tree).flatMap(([path, text]) =>
    pipes
      .filter(({ home }) => !home.test(path))
      .flatMap((pipe) =>
        Array.from(text.matchAll(pipe.pattern), ({ index }) => ({
          rule: pipe.rule,
          path,
          line: lineAt(text, index),
          text: pipe.text,
        })),
      ),
  )
}
