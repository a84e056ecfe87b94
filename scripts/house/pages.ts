import { type Finding, lineAt, type Tree } from './tree.ts'

/** Files that pages name (`search.ts`, `catalog/discover.ts`) are there. */
export function pages(tree: Tree): Finding[] {
  const findings: Finding[] = []
  for (const [path, text] of tree) {
    if (!path.endsWith('.md') || path.startsWith('changes/')) continue
    for (const { 1: name, index } of text.matchAll(/`((?:[\w-]+\/)*[\w-]+(?:\.test)?\.(?:ts|mjs))`/g)) {
      if ([...tree.keys()].some((each) => each === name || each.endsWith(`/${name}`))) continue
      findings.push({ rule: 'pages', path, line: lineAt(text, index), text: `there is no ${name}` })
    }
  }
  return findings
}
