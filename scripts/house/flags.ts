import ts from 'typescript'
import { type Finding, shipped, type Tree } from './tree.ts'

/** Folders whose texts may speak of flags: the front ends; rules that find secrets on command lines; a page's style sheet. */
const speakers = /^src\/(?:cli\/|serve\/pages\/|redact\/|render\/pages\/html\/stylesheet\.ts)/

const flagRe = /(?:^|[\s([{'"`|,:;])--[a-z]/
const commands =
  'backup|completion|export|import|index|init|list|load|restore|save|scan|schedule|search|serve|share|show|undo|verify|where'
const commandRe = new RegExp(`\\bocvault (?:${commands})\\b`)

/** Most files speak of none outside of their comments, and need not be parsed. */
function mayHold(text: string): boolean {
  const code = text.replaceAll(/^ *(?:\/\/|\/?\*).*$/gm, '')
  return flagRe.test(code) || commandRe.test(code)
}

/** The text of a literal, with `…` where an expression stands in it; undefined for any other node. */
function wordsOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…')
}

/** Whether a text is wholly one argument of another program: in a list of them, or in a file that runs git; or of V8. */
function isArgument(node: ts.Node, words: string, runsGit: boolean): boolean {
  if (!words.startsWith('--') || words.includes(' ')) return false
  const { parent } = node
  if (ts.isCallExpression(parent)) return /setFlagsFromString$/.test(parent.expression.getText())
  return runsGit || ts.isArrayLiteralExpression(parent)
}

/**
 * The core does not know how it is asked: it names no flag and no command of ours. An error carries a hint, and the front has the
 * words.
 */
export function languageOfFlags(tree: Tree): Finding[] {
  const findings: Finding[] = []
  for (const [path, text] of shipped(tree)) {
    if (speakers.test(path) || !mayHold(text)) continue
    const runsGit = text.includes("/git.ts'")
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
    const visit = (node: ts.Node) => {
      const words = wordsOf(node)
      if (words !== undefined && ((flagRe.test(words) && !isArgument(node, words, runsGit)) || commandRe.test(words))) {
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
        findings.push({
          rule: 'flags',
          path,
          line,
          text: `"${words.replaceAll('\n', ' ').slice(0, 60)}" speaks of flags or commands`,
        })
      }
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return findings
}
