import { parentPort, workerData } from 'node:worker_threads'
import { Aftercare } from '../api/aftercare.ts'
import { searchSessions } from '../api/search.ts'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { resultJSON } from '../render/json/search-json.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { Questions, Returned, Sent } from './desk.ts'
import { openServed } from './library.ts'

/** The thread of a desk: one catalog, which is brought up to date when nobody is reading. */

const port = parentPort!
const catalog = openServed(workerData as readonly string[])
const aftercare = new Aftercare()
const running = new Map<number, AbortController>()

/** The first search makes the indexes, and no letter that is typed meanwhile ends that. */
let indexed: Promise<void> | undefined

async function indexOf(from: Catalog): Promise<void> {
  const { results } = await searchSessions(from, { query: 'title:index', tier: 'exact', limit: 1 })
  for await (const _result of results) return
}

type Answers = {
  [K in keyof Questions]: (catalog: Catalog, asked: Questions[K]['asked'], signal: AbortSignal) => Promise<Questions[K]['answer']>
}

const answers: Answers = {
  async search(from, asked, signal) {
    // What is in the way of it is met by the search itself, which tells it.
    indexed ??= indexOf(from).catch(() => {})
    await indexed
    signal.throwIfAborted()
    const found = await searchSessions(from, asked, { signal })
    aftercare.after(found)
    const results = []
    for await (const result of found.results) results.push(resultJSON(result, false))
    // Whoever asks for one tier asks for the others, too.
    return { results, suggestion: results.length > 0 || asked.tier ? null : await found.suggestion() }
  },
  async stats(from, asked, signal) {
    const { statsOverview } = await import('../api/stats.ts')
    return statsOverview(from, asked, { signal })
  },
  async doctor(from, { isMachine }) {
    const { diagnose } = await import('../api/doctor.ts')
    return diagnose(from, isMachine)
  },
}

async function answer(sent: Exclude<Sent, { question: 'never-mind' }>, signal: AbortSignal): Promise<unknown> {
  const from = await catalog
  if (running.size === 1) from.refresh()
  const work = answers[sent.question] as (from: Catalog, asked: unknown, signal: AbortSignal) => Promise<unknown>
  return work(from, sent.asked, signal)
}

const tell = (returned: Returned) => port.postMessage(returned)

port.on('message', async (sent: Sent) => {
  const { number } = sent
  if (sent.question === 'never-mind') {
    running.get(number)?.abort()
    return
  }
  const stop = new AbortController()
  running.set(number, stop)
  try {
    const found = await aftercare.question(() => answer(sent, stop.signal))
    tell({ number, answer: found })
  } catch (error) {
    const code = error instanceof OcvaultError ? error.code : null
    tell({ number, failed: { code, message: reasonOf(error) } })
  } finally {
    running.delete(number)
  }
})
