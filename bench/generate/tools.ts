import type { Clock } from './clock.ts'
import type { Part, ToolState } from './model.ts'
import type { Random } from './random.ts'
import type { TextSource } from './text.ts'
import { identifier } from './vocabulary.ts'

/** What a tool call needs to know of its session. */
export interface Workshop {
  readonly root: string
  readonly clock: Clock
  readonly random: Random
  readonly text: TextSource
}

type Call = Omit<Extract<ToolState, { status: 'completed' }>, 'status' | 'time'>

/** A finished tool part; `run` is how long the tool took, in ms. */
export function toolPart(shop: Workshop, tool: string, call: Call, run: number): Part {
  const { clock, random } = shop
  const created = clock.advance(5, 40)
  const id = clock.id('prt')
  const start = clock.advance(1, 30)
  clock.now += run
  const time = { start, end: clock.now }
  const failed = tool !== 'task' && random.chance(0.03)
  const state: ToolState = failed
    ? { status: 'error', input: call.input, error: `Error: ${shop.text.phrase(random, 8)}`, time }
    : { status: 'completed', ...call, time }
  return { id, created, updated: clock.advance(1, 4), data: { type: 'tool', tool, callID: `call_${random.base62(24)}`, state } }
}

/** One call of an everyday tool; `note` is a line to appear in the output of a command. */
export function workCall(shop: Workshop, note?: string): Part {
  const draw = shop.random.float()
  const run = shop.random.between(5, 2500)
  if (note !== undefined) return { ...toolPart(shop, 'bash', bash(shop, note), run) }
  if (draw < 0.36) return toolPart(shop, 'bash', bash(shop), run)
  if (draw < 0.68) return toolPart(shop, 'read', read(shop), run)
  return draw < 0.84 ? toolPart(shop, 'edit', edit(shop), run) : toolPart(shop, 'grep', grep(shop), run)
}

function bash({ random, text }: Workshop, note?: string): Call {
  const command = random.pick([
    `npm test -- ${text.file(random)}`,
    `git log --oneline -${random.between(3, 40)}`,
    `rg -n "${identifier(random)}" ${text.file(random)}`,
    `node scripts/${text.phrase(random, 1)}.mjs --limit ${random.below(500)}`,
  ])
  const description = text.phrase(random, 4)
  const lines = text.lines(random, 'log', text.outputLength(random, 420))
  if (note !== undefined) lines.splice(lines.length >> 1, 0, note)
  const output = `${lines.join('\n')}\n`
  return {
    input: { command, description },
    output,
    metadata: { output, exit: random.chance(0.1) ? 1 : 0, truncated: false },
    title: command,
  }
}

function read({ random, root, text }: Workshop): Call {
  const path = text.file(random)
  const lines = text.lines(random, 'code', text.outputLength(random, 1100))
  const numbered = lines.map((line, i) => `${i + 1}: ${line}`).join('\n')
  const content = `<content>\n${numbered}\n\n(End of file - total ${lines.length} lines)\n</content>`
  const output = `<path>${root}/${path}</path>\n<type>file</type>\n${content}`
  return {
    input: { filePath: `${root}/${path}` },
    output,
    metadata: { preview: lines.slice(0, 6).join('\n'), truncated: false, loaded: [] },
    title: path,
  }
}

function edit({ random, root, text }: Workshop): Call {
  const path = text.file(random)
  const before = text.lines(random, 'code', text.outputLength(random, 160))
  const after = text.lines(random, 'code', text.outputLength(random, 200))
  const head = `Index: ${path}\n--- ${path}\n+++ ${path}\n@@ -1,${before.length} +1,${after.length} @@`
  const diff = [head, ...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)].join('\n')
  return {
    input: { filePath: `${root}/${path}`, oldString: before.join('\n'), newString: after.join('\n') },
    output: 'Edit applied successfully.',
    metadata: {
      diff,
      filediff: { file: `${root}/${path}`, additions: after.length, deletions: before.length },
      diagnostics: {},
      truncated: false,
    },
    title: path,
  }
}

function grep({ random, root, text }: Workshop): Call {
  const pattern = identifier(random)
  const lines = text.lines(random, 'code', text.outputLength(random, 500))
  const found = lines.map(
    (line, i) => `${i % 5 === 0 ? `\n${root}/${text.file(random)}:\n` : ''}  Line ${random.between(1, 900)}: ${line}`,
  )
  return {
    input: { pattern, path: root },
    output: `Found ${lines.length} matches\n${found.join('\n')}`,
    metadata: { matches: lines.length, truncated: false },
    title: pattern,
  }
}
