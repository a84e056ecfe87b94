import { moved } from './filter.ts'
import { grow } from './reader.ts'
import { place } from './router.ts'

/** The server says something at least every 15 s. After so many ms of silence the line is dead, whatever the browser thinks. */
const silenceMs = 40_000
/** Lists are asked for anew no oftener than so, in ms, and a conversation than so. */
const pause = { list: 1500, session: 350 }

let source: EventSource | undefined
let heard = 0

/** Runs an action at once, and no oftener than every so many ms: the last wish is always heeded. */
function paced(ms: number, act: () => void): () => void {
  let next = 0
  let timer: number | undefined
  return () => {
    if (timer !== undefined) return
    timer = window.setTimeout(
      () => {
        timer = undefined
        next = Date.now() + ms
        act()
      },
      Math.max(0, next - Date.now()),
    )
  }
}

const lists = paced(pause.list, () => moved.set(moved.now + 1))
const conversation = paced(pause.session, () => {
  if (place.now.kind === 'session') void grow(place.now.id).catch(() => {})
})

function listen(): void {
  source?.close()
  const id = place.now.kind === 'session' ? place.now.id : null
  const fresh = new EventSource(`/api/events${id === null ? '' : `?session=${encodeURIComponent(id)}`}`)
  source = fresh
  heard = Date.now()
  let isBroken = false
  const on = (name: string, act: () => void) =>
    fresh.addEventListener(name, () => {
      heard = Date.now()
      act()
    })
  on('moved', lists)
  on('session', conversation)
  on('pulse', () => {})
  on('hello', () => {
    if (!isBroken) return
    // What was missed meanwhile.
    isBroken = false
    lists()
    conversation()
  })
  fresh.addEventListener('error', () => {
    isBroken = true
    // A refusal ends it for the browser; the server may be back by then.
    if (fresh.readyState === EventSource.CLOSED && fresh === source) setTimeout(() => fresh === source && again(), 3000)
  })
}

function again(): void {
  listen()
  lists()
  conversation()
}

/** From now on what is shown follows what is written. */
export function stayLive(): void {
  listen()
  let id = place.now.kind === 'session' ? place.now.id : null
  place.follow((now) => {
    const next = now.kind === 'session' ? now.id : null
    if (next !== id) listen()
    id = next
  })
  const check = () => {
    if (document.visibilityState === 'visible' && Date.now() - heard > silenceMs) again()
  }
  addEventListener('online', again)
  document.addEventListener('visibilitychange', check)
  setInterval(check, silenceMs / 4)
}
