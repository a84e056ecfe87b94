import { parentPort, workerData } from 'node:worker_threads'
import { OcvaultError } from '../../base/errors.ts'
import { discover } from '../../stores/catalog/discover.ts'
import { type ReadItem, readItems } from '../index/read.ts'
import type { IndexedUnit } from '../index/session-writer.ts'
import { perform } from '../scan/task.ts'
import { type Answer, ahead, type Job } from './threads.ts'

/** Reads a share of a store's sessions in a thread of its own. */

/** How much text goes over in one message. */
const parcelChars = 65_536

const port = parentPort!
const job = workerData as Job
let allowed = ahead
let wake = () => {}
/** What came back from the other side. */
const spare: ArrayBuffer[] = []
port.on('message', (buffer: ArrayBuffer | null) => {
  if (buffer) spare.push(buffer)
  allowed++
  wake()
})

/** Sends, and waits while the other side is too far behind: what it has not taken stays in memory. */
async function send(answer: Answer, transfer: readonly ArrayBuffer[] = []): Promise<void> {
  port.postMessage(answer, transfer)
  allowed--
  while (allowed <= 0) {
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
}

const encoder = new TextEncoder()

/**
 * Items with their texts, `size` characters, in one buffer, which goes over without being copied and leaves no garbage on the
 * other side.
 */
function packed(items: readonly ReadItem[], size: number): Extract<Answer, { type: 'items' }> {
  // UTF-8 takes at most three bytes for a unit of UTF-16.
  const most = 3 * size
  const back = spare.pop()
  const bytes = new Uint8Array(back && back.byteLength >= most ? back : new ArrayBuffer(Math.max(most, 4 * parcelChars)))
  let end = 0
  const pack = (text: string | Uint8Array): Uint8Array => {
    const start = end
    if (typeof text === 'string') end += encoder.encodeInto(text, bytes.subarray(start)).written
    return bytes.subarray(start, end)
  }
  const packUnit = (unit: IndexedUnit): IndexedUnit => ({
    ...unit,
    texts: unit.texts.map(([field, text]) => [field, pack(text)]),
  })
  const all = items.map((item) => ('units' in item ? { ...item, units: item.units.map(packUnit) } : item))
  return { type: 'items', items: all, buffer: bytes.buffer }
}

async function run(): Promise<void> {
  const found = discover({ roots: [job.path] }).stores.find(({ store }) => store.kind === job.kind && store.path === job.path)
  if (!found) throw new OcvaultError('failed', `${job.path} is no longer there`)
  const { store } = found
  if (job.task) for (const answer of perform(store, job.task, job.ids)) await send(answer)
  else {
    let items: ReadItem[] = []
    let size = 0
    const sendItems = () => {
      const answer = packed(items, size)
      items = []
      size = 0
      return send(answer, [answer.buffer])
    }
    for (const item of readItems(store, job.ids)) {
      items.push(item)
      if ('units' in item) for (const { texts } of item.units) for (const [, text] of texts) size += text.length
      if (size >= parcelChars || items.length >= 4096) await sendItems()
    }
    await sendItems()
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
