import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A program to time: what it is called, and how it runs. Its output is read and thrown away. */
export interface Subject {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Times in ms, memory in bytes; medians over the runs. `peak` is null where GNU time is not installed. */
export interface Measurement {
  readonly name: string
  readonly total: number
  readonly firstByte: number
  readonly peak: number | null
}

interface Run {
  readonly total: number
  readonly firstByte: number
}

const gnuTime = '/usr/bin/time'

/** Runs the subjects in turn, A B A B …, so that a machine whose speed drifts is fair to all; the first round only warms up. */
export async function compare(subjects: readonly Subject[], runs: number): Promise<Measurement[]> {
  const results = subjects.map((): Run[] => [])
  for (let round = 0; round <= runs; round++) {
    for (const [index, subject] of subjects.entries()) {
      const run = await once(subject)
      if (round > 0) results[index]!.push(run)
    }
  }
  return subjects.map((subject, index) => ({
    name: subject.name,
    total: median(results[index]!.map((run) => run.total)),
    firstByte: median(results[index]!.map((run) => run.firstByte)),
    peak: peakOf(subject),
  }))
}

function once(subject: Subject): Promise<Run> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    let firstByte: number | undefined
    const child = spawn(subject.command, subject.args, { ...optionsOf(subject), stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout.on('data', () => {
      firstByte ??= performance.now() - start
    })
    child.on('error', reject)
    child.on('close', (code) => {
      const total = performance.now() - start
      if (code === 0) resolve({ total, firstByte: firstByte ?? total })
      else reject(new Error(`${subject.name} ended with ${code}`))
    })
  })
}

const optionsOf = ({ cwd, env }: Subject) => ({ ...(cwd !== undefined && { cwd }), env: { ...process.env, ...env } })

function peakOf(subject: Subject): number | null {
  if (!existsSync(gnuTime)) return null
  const { stderr } = spawnSync(gnuTime, ['-f', '%M', subject.command, ...subject.args], {
    ...optionsOf(subject),
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  const kilobytes = Number(stderr.trim().split('\n').at(-1))
  return Number.isFinite(kilobytes) ? kilobytes * 1024 : null
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
