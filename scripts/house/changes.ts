import type { Finding, Tree } from './tree.ts'

/** What a fragment may be, in the order of the changelog. */
export const kinds = ['Security', 'Added', 'Changed', 'Fixed'] as const

export interface Change {
  readonly kind: (typeof kinds)[number]
  /** Markdown, without an empty line around it. */
  readonly text: string
}

/** A fragment of `changes/`: a kind, an empty line, and what changed. @returns undefined when it is not of that form */
export function readChange(text: string): Change | undefined {
  const [, kind, body] = /^(\w+)\n\n(\S(?:.|\n)*?)\n$/.exec(text) ?? []
  const known = kinds.find((each) => each === kind)
  return known && body && !/^#|\n\n\n/m.test(body) ? { kind: known, text: body } : undefined
}

export const isFragment = (path: string) => path.startsWith('changes/') && path !== 'changes/README.md'

/** Fragments are of the form that changes/README.md tells. */
export function changes(tree: Tree): Finding[] {
  const rule = 'changes'
  const findings: Finding[] = []
  for (const [path, text] of tree) {
    if (!isFragment(path)) continue
    if (!/^changes\/[a-z0-9]+(?:-[a-z0-9]+)*\.md$/.test(path)) findings.push({ rule, path, text: 'its name is no-such-name.md' })
    if (!readChange(text)) findings.push({ rule, path, text: 'is not a kind, an empty line and a text (changes/README.md)' })
  }
  return findings
}
