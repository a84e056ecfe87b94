import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Aftercare } from './aftercare.ts'
import type { Search } from './search.ts'

/** A search that notes what is done after it, until it is told to end. */
function putOff(): { search: Search; log: string[]; done(): void } {
  const log: string[] = []
  let done = () => {}
  const afterwards = async (signal?: AbortSignal) => {
    log.push('begun')
    await new Promise<void>((resolve) => {
      done = resolve
      signal?.addEventListener('abort', () => resolve())
    })
    log.push(signal?.aborted ? 'given up' : 'done')
  }
  const search = { results: (async function* () {})(), suggestion: async () => null, afterwards }
  return { search, log, done: () => done() }
}

function care(): Aftercare {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  return new Aftercare(1000)
}

describe('what searches put off', () => {
  test('is done once, when nothing was asked for a while', async () => {
    const aftercare = care()
    const { search, log, done } = putOff()
    await aftercare.question(async () => aftercare.after(search))
    await vi.advanceTimersByTimeAsync(900)
    await aftercare.question(async () => {})
    await vi.advanceTimersByTimeAsync(900)
    expect(log).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    expect(log).toEqual(['begun'])
    done()
    await vi.advanceTimersByTimeAsync(0)
    await aftercare.question(async () => {})
    await vi.advanceTimersByTimeAsync(5000)
    expect(log).toEqual(['begun', 'done'])
  })

  test('is given up for a question, and done later', async () => {
    const aftercare = care()
    const { search, log } = putOff()
    await aftercare.question(async () => aftercare.after(search))
    await vi.advanceTimersByTimeAsync(1100)
    const answer = await aftercare.question(async () => [...log])
    expect(answer).toEqual(['begun', 'given up'])
    await vi.advanceTimersByTimeAsync(1100)
    expect(log).toEqual(['begun', 'given up', 'begun'])
    await aftercare.close()
    await vi.advanceTimersByTimeAsync(5000)
    expect(log).toEqual(['begun', 'given up', 'begun', 'given up'])
  })

  test('waits for all of many questions, also for those that fail', async () => {
    const aftercare = care()
    const { search, log } = putOff()
    const long = Promise.withResolvers<void>()
    const asked = aftercare.question(() => long.promise)
    const failed = aftercare.question(async () => {
      aftercare.after(search)
      throw new Error('no answer')
    })
    await expect(failed).rejects.toThrow('no answer')
    await vi.advanceTimersByTimeAsync(5000)
    expect(log).toEqual([])
    long.resolve()
    await asked
    await vi.advanceTimersByTimeAsync(1100)
    expect(log).toEqual(['begun'])
  })
})
