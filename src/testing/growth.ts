import { expect } from 'vitest'

/** CPU time of this thread for some work, in ms: what else the machine does is not in it. The least of several times. */
async function costOf(work: () => unknown, attempts: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = process.threadCpuUsage()
    await work()
    const { user, system } = process.threadCpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

/** What is done in no time is done in time, however it grows: its noise is larger than itself. */
const negligibleMs = 40

/**
 * Expects four times the work to take about four times as long: not sixteen times, as where every piece is held against every
 * other, nor for ever. It says the same on every machine, and beside anything.
 * @param work is done with this much of it
 */
export async function expectLinear(size: number, work: (size: number) => unknown): Promise<void> {
  const whole = await costOf(() => work(size), 1)
  if (whole < negligibleMs) return
  const quarter = await costOf(() => work(Math.ceil(size / 4)), 3)
  const most = 10 * Math.max(quarter, negligibleMs / 4)
  if (whole > most) expect(await costOf(() => work(size), 2), `a quarter takes ${quarter} ms`).toBeLessThan(most)
}
