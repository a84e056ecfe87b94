// How much of what leaks is found, and how much of what is harmless stays as it is: `node bench/redaction.ts`.
// --misses 0 prints sums alone; --families env,json looks at these; --seeds 3 draws each leak so often; --windows 5000.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { leavesOf } from '../src/redact/document.ts'
import { findSecretsIn, redactSessions } from '../src/redact/redact.ts'
import { fields } from '../src/testing/session-fields.ts'
import { harmlessWindows } from './redaction/harmless.ts'
import { type Leak, leaks } from './redaction/leaks/leaks.ts'

const { values: flags } = parseArgs({
  options: {
    misses: { type: 'string', default: '1000' },
    families: { type: 'string', default: '' },
    seeds: { type: 'string', default: '1' },
    fields: { type: 'string', default: '10' },
    windows: { type: 'string', default: '5500' },
    packages: { type: 'string', default: join(import.meta.dirname, '..') },
  },
})

/** Fields of a session that a whole text fits into. */
const fieldNames = [
  'tool output',
  'prompt',
  'tool input',
  'tool metadata',
  'attached text',
  'provider error',
  'reasoning',
  'summary diff',
  'subtask',
  'tool title',
]

/** Letters of a secret that must not stay next to each other. */
const telling = 8

interface Count {
  all: number
  good: number
}
const counts = new Map<string, Count>()
const count = (key: string, isGood: boolean) => {
  const known = counts.get(key) ?? { all: 0, good: 0 }
  known.all++
  if (isGood) known.good++
  counts.set(key, known)
}

const wanted = new Set(flags.families.split(',').filter(Boolean))
const isWanted = ({ family }: { family: string }) => wanted.size === 0 || wanted.has(family)
const textsOf = (document: unknown) => [...leavesOf(document)].map(({ text }) => text).join('\n')

/** What of the secrets is still in a text. */
function leftOf({ secrets }: Leak, after: string): string | undefined {
  for (const secret of secrets) {
    const size = Math.min(telling, secret.length)
    for (let at = 0; at + size <= secret.length; at++) {
      const piece = secret.slice(at, at + size)
      if (after.includes(piece)) return piece
    }
  }
  return undefined
}

const missed = new Map<string, { text: string; after: string; fields: string[] }>()
for (let seed = 0; seed < Number(flags.seeds); seed++) {
  for (const name of fieldNames.slice(0, Number(flags.fields))) {
    const cases = leaks(`${seed}/${name}`).filter(isWanted)
    const { documents } = await redactSessions(cases.map(({ text }) => fields[name]!(text)))
    for (const [index, leak] of cases.entries()) {
      const after = textsOf(documents[index]).replace(/\[redacted:[\w-]+:\d+\]/g, '')
      const isGone = leftOf(leak, after) === undefined
      count(`leaks: ${leak.family}`, isGone)
      count('leaks', isGone)
      if (isGone) continue
      const known = missed.get(`${leak.family} ${leak.kind}`) ?? { text: leak.text, after, fields: [] }
      known.fields.push(name)
      missed.set(`${leak.family} ${leak.kind}`, known)
    }
  }
}

const hits: string[] = []
if (wanted.size === 0 || wanted.has('harmless')) {
  const windows = harmlessWindows(flags.packages, Number(flags.windows))
  for (const { family, place, text } of windows) {
    const findings = await findSecretsIn([text])
    count(`harmless: ${family}`, findings.length === 0)
    count('harmless', findings.length === 0)
    for (const { kind, places } of findings) hits.push(`${place.slice(flags.packages.length)}  ${kind}: ${places[0]!.context}`)
  }
}

const shown = Number(flags.misses)
const oneLine = (text: string) => text.replaceAll('\n', '⏎').slice(0, 220)
for (const [kind, { text, fields }] of [...missed].slice(0, shown)) {
  process.stdout.write(`left  ${kind} (${fields.length})  ${oneLine(text)}\n`)
}
for (const hit of hits.slice(0, shown)) process.stdout.write(`hit   ${oneLine(hit)}\n`)
for (const [key, { all, good }] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
  process.stdout.write(
    `${key.padEnd(28)}${String(good).padStart(6)} of ${String(all).padStart(6)}  ${((100 * good) / all).toFixed(2)} %\n`,
  )
}
