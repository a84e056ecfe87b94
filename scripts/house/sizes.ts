import { type Finding, lineAt, shipped, type Tree } from './tree.ts'

/** In lines. What is longer has more than one reason to change. */
const most = { median: 85, ninetieth: 250, file: 450, class: 250 }

const lines = (text: string) => text.split('\n').length - 1

/** Modules are small: half of them, nine of ten, each, and each class. */
export function sizes(tree: Tree): Finding[] {
  const rule = 'size'
  const findings: Finding[] = []
  for (const [path, text] of tree) {
    if (!/\.(?:tsx?|mjs)$/.test(path)) continue
    if (lines(text) > most.file) findings.push({ rule, path, text: `${lines(text)} lines of ${most.file}` })
    for (const { 0: body, 1: name, index } of text.matchAll(/^(?:export )?(?:abstract )?class (\w+)[^{}]*\{\n(?:.*\n)*?^\}/gm)) {
      if (lines(body) < most.class) continue
      findings.push({
        rule: 'class',
        path,
        line: lineAt(text, index),
        text: `${name} has ${lines(body) + 1} lines of ${most.class}`,
      })
    }
  }
  const all = shipped(tree)
    .map(([, text]) => lines(text))
    .sort((a, b) => a - b)
  const at = (share: number) => all[Math.floor(all.length * share)] ?? 0
  if (at(0.5) > most.median) findings.push({ rule, path: 'src/*', text: `half of its files have more than ${at(0.5) - 1} lines` })
  if (at(0.9) > most.ninetieth)
    findings.push({ rule, path: 'src/*', text: `a tenth of its files has more than ${at(0.9) - 1} lines` })
  return findings
}
