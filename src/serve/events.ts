import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Library } from './library.ts'
import { Parameters } from './parameters.ts'
import { sessionMark } from './session-mark.ts'

/** A stream says something at least so often, in ms: who hears nothing for longer knows that it broke. */
const pulseMs = 15_000

/**
 * `/api/events`: tells whenever something moved (`moved`), and when it was in the one session that is read (`session`). Whoever
 * listens asks for what it shows anew.
 */
export function events(context: Context, library: Library): Response {
  const id = new Parameters(context.req.url, ['session']).text('session')
  // Whoever asks for the head alone would hold a stream that nobody reads.
  if (context.req.method === 'HEAD') return context.body(null)
  context.header('X-Accel-Buffering', 'no')
  return streamSSE(context, async (stream) => {
    let mark = id === undefined ? '' : sessionMark(library.now(), id)
    let waiting: (() => void) | undefined
    const due = new Set<'moved' | 'session'>()
    const stop = library.watch(() => {
      due.add('moved')
      const now = id === undefined ? '' : sessionMark(library.now(), id)
      if (now !== mark) due.add('session')
      mark = now
      waiting?.()
    })
    stream.onAbort(() => {
      stop()
      waiting?.()
    })
    await stream.writeSSE({ event: 'hello', data: '' })
    while (!stream.aborted && !stream.closed) {
      const told = [...due]
      due.clear()
      for (const event of told) await stream.writeSSE({ event, data: event === 'session' ? (id ?? '') : '' })
      if (due.size > 0) continue
      const timer = await new Promise<boolean>((resolve) => {
        const pulse = setTimeout(() => resolve(true), pulseMs)
        waiting = () => {
          clearTimeout(pulse)
          resolve(false)
        }
        if (stream.aborted) waiting()
      })
      if (timer) await stream.writeSSE({ event: 'pulse', data: '' })
    }
    stop()
  })
}
