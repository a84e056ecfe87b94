import { parentPort, workerData } from 'node:worker_threads'
import { discover } from '../stores/discover.ts'
import { OcvaultError } from '../stores/errors.ts'
import { type ReadItem, readItems } from './read.ts'
import { scanSessions } from './scan-sessions.ts'
import { type Answer, ahead, type Job } from './threads.ts'

/** Reads a share of a store's sessions in a thread of its own. */

/** Characters of text that go over in one message. */
const parcel = 262_144

const port = parentPort!
const job = workerData as Job
let allowed = ahead
let wake = () => {}
port.on('message', () => {
  allowed++
  wake()
})

/** Sends, and waits while the other side is too far behind: what it has not taken stays in memory. */
async function send(answer: Answer): Promise<void> {
  port.postMessage(answer)
  allowed--
  while (allowed <= 0) {
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
}

async function run(): Promise<void> {
  const found = discover({ roots: [job.path] }).stores.find(({ store }) => store.kind === job.kind && store.path === job.path)
  if (!found) throw new OcvaultError('failed', `${job.path} is no longer there`)
  const { store } = found
  if (job.query) for (const part of scanSessions(store, job.query, job.ids)) await send({ type: 'part', part })
  else {
    let items: ReadItem[] = []
    let size = 0
    for (const item of readItems(store, job.ids)) {
      items.push(item)
      if (item.type === 'message') for (const { texts } of item.units) for (const [, text] of texts) size += text.length
      if (size < parcel && items.length < 4096) continue
      await send({ type: 'items', items })
      items = []
      size = 0
    }
    await send({ type: 'items', items })
  }
  port.postMessage({ type: 'done', problems: store.problems().length } satisfies Answer)
}

try {
  await run()
} catch (error) {
  const code = error instanceof OcvaultError ? error.code : 'failed'
  port.postMessage({ type: 'failed', code, message: error instanceof Error ? error.message : String(error) } satisfies Answer)
}
port.close()
