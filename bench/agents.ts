import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { constants, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import type { Readable, Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { median } from './measure.ts'
import { addMessage, lengthen, longestSession } from './writer.ts'

/**
 * What `ocvault mcp` costs an agent: its first answer beside a bare Node, in pairs; and with --store each tool asked again and
 * again by one client: CPU time of a question when the index is fresh, and the most memory. node bench/agents.ts [--store DIR]
 * [--runs 25] [--calls 1000]. Linux. On a copy of the store of 1.18, made in --scratch DIR: with --longest MB its longest session
 * is made so long before; with --writing ROUNDS a rare word is also asked while a message is added to it every second.
 */
const { values: flags } = parseArgs({
  options: {
    store: { type: 'string' },
    runs: { type: 'string', default: '25' },
    calls: { type: 'string', default: '1000' },
    longest: { type: 'string' },
    writing: { type: 'string' },
    scratch: { type: 'string', default: tmpdir() },
  },
})

const main = resolve(import.meta.dirname, '../dist/main.js')
const work = mkdtempSync(join(flags.scratch, 'ocvault-bench-'))
const env = { ...process.env, XDG_CACHE_HOME: join(work, 'cache') }

type Child = ChildProcessByStdio<Writable, Readable, null>

const started = (...args: string[]): Child => spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })

/** CPU time of all threads of a process so far, in ms. */
const cpuOf = ({ pid }: Child): number =>
  readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6)
    .reduce((sum, each) => sum + each, 0)

const memoryOf = ({ pid }: Child): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

const rareWord = { name: 'search_sessions', arguments: { query: 'zebra-quokka' } }

const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } }

/** A client of a server that runs. */
class Asker {
  readonly child: Child
  readonly #waiting = new Map<number, (answer: unknown) => void>()
  #asked = 0

  constructor(...args: string[]) {
    this.child = started(main, 'mcp', ...args)
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as { id?: number }
      this.#waiting.get(answer.id ?? 0)?.(answer)
    })
  }

  ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#asked
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    return new Promise((done) => this.#waiting.set(id, done))
  }
}

/** Wall and CPU time until something is on stdout, in ms. */
async function untilFirst(child: Child): Promise<{ wall: number; cpu: number }> {
  const start = performance.now()
  await new Promise((done) => child.stdout.once('data', done))
  const first = { wall: performance.now() - start, cpu: cpuOf(child) }
  child.kill()
  await new Promise((done) => child.once('close', done))
  return first
}

async function firstAnswers(runs: number): Promise<void> {
  const ratios = { wall: [] as number[], cpu: [] as number[] }
  for (let run = 0; run <= runs; run++) {
    const asker = new Asker()
    void asker.ask('initialize', hello)
    const ours = await untilFirst(asker.child)
    const bare = await untilFirst(started('-e', 'process.stdout.write("x"); setTimeout(() => {}, 10_000)'))
    if (run === 0) continue
    ratios.wall.push(ours.wall / bare.wall)
    ratios.cpu.push(ours.cpu / bare.cpu)
  }
  console.log(`first answer: ${median(ratios.wall).toFixed(2)} x bare Node, ${median(ratios.cpu).toFixed(2)} x its CPU time`)
}

/** A server that makes the index, and one that finds it made. */
async function laterAnswers(store: string, calls: number): Promise<void> {
  const maker = new Asker('--root', store)
  await maker.ask('initialize', hello)
  await maker.ask('tools/call', rareWord)
  console.log(`making the index: at most ${memoryOf(maker.child).toFixed(0)} MB`)
  maker.child.stdin.end()
  await new Promise((done) => maker.child.once('close', done))
  const asker = new Asker('--root', store)
  await asker.ask('initialize', hello)
  const questions: readonly (readonly [string, string, object])[] = [
    ['a rare word', rareWord.name, rareWord.arguments],
    ['a question', 'search_sessions', { query: 'how did we fix the parser' }],
    ['the newest session', 'read_session', { id: 'latest' }],
    ['the newest session, its end', 'read_session', { id: 'latest', last: 6, include: ['tools', 'reasoning'] }],
    ['an error', 'error_history', { text: "Error: Cannot find module 'zebra-quokka'" }],
    ['a file', 'file_history', { path: 'src/index.ts' }],
    ['figures', 'session_stats', { by: 'model' }],
  ]
  const took = questions.map((): number[] => [])
  for (let call = 0; call < calls; call++) {
    const number = call % questions.length
    const [, name, asked] = questions[number]!
    const before = cpuOf(asker.child)
    await asker.ask('tools/call', { name, arguments: asked })
    // The first of each makes what the others find made.
    if (call >= questions.length) took[number]!.push(cpuOf(asker.child) - before)
  }
  for (const [number, [what]] of questions.entries())
    if (took[number]!.length > 0) console.log(`${what}: ${median(took[number]!).toFixed(0)} ms of CPU time`)
  console.log(`${calls} calls: at most ${memoryOf(asker.child).toFixed(0)} MB`)
  asker.child.kill()
}

/** A copy of a store, with a longest session of so many MB. */
function copyOf(original: string, megabytes: number): string {
  const store = join(work, 'opencode')
  mkdirSync(store)
  copyFileSync(join(original, 'opencode.db'), join(store, 'opencode.db'), constants.COPYFILE_FICLONE)
  const db = new DatabaseSync(join(store, 'opencode.db'))
  lengthen(db, longestSession(db), megabytes)
  db.close()
  return store
}

/** Seconds, and so many questions, of a store that is written and of one that is not. */
const secondsOfRound = 10

/** A rare word, asked every second of a quiet store, and right after each message that is added to the longest session. */
async function whileWriting(store: string, rounds: number): Promise<void> {
  const asker = new Asker('--root', store)
  await asker.ask('initialize', hello)
  const db = new DatabaseSync(join(store, 'opencode.db'))
  const session = longestSession(db)
  const answers = { quiet: [] as number[], written: [] as number[] }
  const seconds = { quiet: [] as number[], written: [] as number[] }
  let number = 0
  for (let round = 0; round < rounds; round++)
    for (const state of ['quiet', 'written'] as const) {
      // The first takes in what was added last, and what was just written is trusted a while later only.
      await asker.ask('tools/call', rareWord)
      await setTimeout(4000)
      await asker.ask('tools/call', rareWord)
      for (let second = 0; second < secondsOfRound; second++) {
        const start = cpuOf(asker.child)
        if (state === 'written') {
          db.exec('BEGIN')
          addMessage(db, session, number++, Date.now())
          db.exec('COMMIT')
        }
        const before = cpuOf(asker.child)
        await asker.ask('tools/call', rareWord)
        answers[state].push(cpuOf(asker.child) - before)
        await setTimeout(1000)
        seconds[state].push(cpuOf(asker.child) - start)
      }
    }
  db.close()
  asker.child.kill()
  for (const [what, { quiet, written }] of Object.entries({ 'a rare word': answers, 'and the second after it': seconds })) {
    const [still, busy] = [median(quiet), median(written)]
    const ratio = (busy / still).toFixed(2)
    console.log(`${what}: ${still.toFixed(0)} ms of CPU time, while OpenCode writes ${busy.toFixed(0)} ms: ${ratio} x`)
  }
}

try {
  await firstAnswers(Number(flags.runs))
  if (flags.store !== undefined) {
    const changes = flags.longest !== undefined || flags.writing !== undefined
    const store = changes ? copyOf(resolve(flags.store), Number(flags.longest ?? 0)) : resolve(flags.store)
    await laterAnswers(store, Number(flags.calls))
    if (flags.writing !== undefined) await whileWriting(store, Number(flags.writing))
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
