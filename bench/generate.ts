import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { scaleFor } from './generate/calibrate.ts'
import { JsonTree } from './generate/json-tree.ts'
import type { Writer } from './generate/model.ts'
import { Plan } from './generate/plan.ts'
import { writeSessions } from './generate/sessions.ts'
import { SqliteV1 } from './generate/sqlite-v1.ts'
import { SqliteV2 } from './generate/sqlite-v2.ts'

const usage = `Writes OpenCode stores of any size with the same made-up sessions in each, for benchmarks.

  node bench/generate.ts --out DIR --sessions N [--bytes 4GB] [--kinds v1,v2,json] [--json-sessions N] [--seed 1]

  --out DIR          DIR/v1/opencode, DIR/v2/opencode and DIR/json/opencode become data directories; what is there is replaced
  --sessions N       root sessions; each has 1.5 subagents on average
  --bytes SIZE       scales tool output until the first of the kinds has about this size; the others get the same content
  --kinds LIST       v1: a 1.18 database; v2: a 2.0 database; json: a 1.1 tree of files (default: all three)
  --json-sessions N  only the N oldest root sessions go into the JSON tree
  --seed N           the same seed and sizes give the same content

The newest root session has 9000 messages; "zebra-quokka" stands in seven sessions.`

const units: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 }

type Kind = 'v1' | 'v2' | 'json'

function open(kind: Kind, folder: string, seed: number): Writer {
  const home = join(folder, kind, 'opencode')
  if (kind === 'json') return new JsonTree(join(home, 'storage'))
  const path = join(home, 'opencode.db')
  return kind === 'v1' ? new SqliteV1(path, seed) : new SqliteV2(path)
}

function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]?B)$/i.exec(text)
  if (!match) throw new RangeError(`--bytes must be like 500MB or 4GB, not ${text}`)
  return Number(match[1]) * units[match[2]!.toUpperCase()]!
}

function parseCount(name: string, text: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least)
    throw new RangeError(`--${name} must be a whole number of at least ${least}, not ${text}`)
  return value
}

function parseKinds(text: string): Kind[] {
  return text.split(',').map((kind) => {
    if (kind !== 'v1' && kind !== 'v2' && kind !== 'json') throw new RangeError(`--kinds knows v1, v2 and json, not ${kind}`)
    return kind
  })
}

function main(): void {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: {
      out: text,
      sessions: text,
      bytes: text,
      kinds: { type: 'string', default: 'v1,v2,json' },
      'json-sessions': text,
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean' },
    },
  })
  if (values.help || values.out === undefined || values.sessions === undefined) {
    console.log(usage)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const { out } = values
  const seed = parseCount('seed', values.seed, 0)
  const kinds = parseKinds(values.kinds)
  const plan = new Plan(seed, parseCount('sessions', values.sessions, 1))
  const jsonRoots = Math.min(plan.roots, parseCount('json-sessions', values['json-sessions'] ?? values.sessions, 0))
  const bytes = values.bytes === undefined ? undefined : parseSize(values.bytes)
  const scale = bytes === undefined ? 1 : scaleFor(bytes, plan, (folder) => open(kinds[0]!, folder, seed), join(out, '.sample'))
  for (const kind of kinds) generate(kind, out, plan, kind === 'json' ? jsonRoots : plan.roots, scale)
}

function generate(kind: Kind, out: string, plan: Plan, roots: number, scale: number): void {
  const writer = open(kind, out, plan.seed)
  const started = performance.now()
  const { sessions, messages, parts, textBytes, latest } = writeSessions(plan, roots, scale, writer)
  const bytes = writer.close()
  const seconds = (performance.now() - started) / 1000
  const megabytes = (value: number) => `${(value / 1e6).toFixed(1)} MB`
  const peak = process.resourceUsage().maxRSS * 1024
  const counts = `${sessions} sessions, ${messages} messages, ${parts} parts`
  const sizes = `${megabytes(textBytes)} text, ${megabytes(bytes)} on disk`
  const effort = `${seconds.toFixed(1)} s (${megabytes(bytes / seconds)}/s), peak RSS ${megabytes(peak)}`
  console.log(`${kind}: ${counts}, ${sizes}, ${effort}; scale ${scale.toFixed(3)}; latest ${latest?.id} in ${latest?.directory}`)
}

// Short-lived strings fill whatever young generation there is: one that never grows saves a quarter of the memory.
setFlagsFromString('--semi-space-growth-factor=1')
try {
  main()
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
