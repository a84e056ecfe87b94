import { ask, type Outline, piece, sessionAPI, sessionPath } from './ask.ts'
import { decorate } from './decorate.ts'
import { clearHighlight, highlight } from './highlight.ts'
import { Value } from './value.ts'

/** What is known of the conversation that is being read; null where there is none, or not yet. */
export const outline = new Value<Outline | null>(null)

/** The message that stands at the top of what is seen. */
export const seen = new Value<string | null>(null)

/** What was looked for in the message that is gone to next. */
export const sought = new Value<readonly string[]>([])

const main = document.getElementById('main')!

/** The session that is shown. */
let shown: string | null = null
let stop = new AbortController()

const article = () => main.querySelector('article.session')
const sections = () => [...main.querySelectorAll<HTMLElement>('article.session > .messages > section.message')]
const sectionOf = (messageID: string) => document.getElementById(messageID.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 100))

/** More of the conversation is fetched when its edge comes this near. */
const edges = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) void more(target as HTMLAnchorElement)
  },
  {
    root: main,
    rootMargin: '1500px 0px',
  },
)

/** What was drawn by the server is made more of. */
export function adopt(): void {
  shown = article()?.getAttribute('data-session') ?? null
  if (shown === null) return
  prepare(main)
  void learn(shown)
}

/** Shows a session, at one of its messages or at its beginning. */
export async function read(id: string, messageID: string | null): Promise<void> {
  if (id === shown) {
    if (messageID !== null) await goTo(messageID)
    return
  }
  stop.abort()
  stop = new AbortController()
  main.setAttribute('aria-busy', 'true')
  try {
    const view = await piece(
      `${sessionPath(id)}/view${messageID === null ? '' : `?at=${encodeURIComponent(messageID)}`}`,
      stop.signal,
    )
    outline.set(null)
    shown = id
    show(view)
    document.title = `${main.querySelector('h1')?.textContent ?? 'ocvault'} · ocvault`
    if (messageID === null) main.scrollTo(0, 0)
    else point(messageID)
    void learn(id)
  } catch (error) {
    if (!stop.signal.aborted) fail(error)
  } finally {
    main.removeAttribute('aria-busy')
  }
}

/** Shows a page that is no session. */
export async function view(path: string, title: string): Promise<void> {
  stop.abort()
  stop = new AbortController()
  shown = null
  outline.set(null)
  main.setAttribute('aria-busy', 'true')
  try {
    const page = await piece(`${path}/view${location.search}`, stop.signal)
    show(page)
    document.title = `${title} · ocvault`
    main.scrollTo(0, 0)
  } catch (error) {
    if (!stop.signal.aborted) fail(error)
  } finally {
    main.removeAttribute('aria-busy')
  }
}

function show(content: DocumentFragment): void {
  edges.disconnect()
  main.replaceChildren(content)
  prepare(main)
  main.focus({ preventScroll: true })
}

function prepare(root: ParentNode): void {
  decorate(root)
  for (const link of main.querySelectorAll('article.session > a.more')) edges.observe(link)
}

async function learn(id: string): Promise<void> {
  const known = await ask<'outline'>(`${sessionAPI(id)}/outline`, stop.signal).catch(() => null)
  if (shown === id && known) outline.set(known)
}

function fail(error: unknown): void {
  const words = document.createElement('p')
  words.className = 'failure'
  words.setAttribute('role', 'alert')
  words.textContent = error instanceof Error ? error.message : String(error)
  main.replaceChildren(words)
}

/** Fetches what stands before or after what is there, in place of the link to it. */
async function more(link: HTMLAnchorElement): Promise<void> {
  edges.unobserve(link)
  if (shown === null || link.hasAttribute('data-asked')) return
  link.setAttribute('data-asked', '')
  const isEarlier = link.classList.contains('earlier')
  const there = sections()
  const edge = isEarlier ? there[0] : there.at(-1)
  if (!edge) return
  try {
    const which = `${isEarlier ? 'before' : 'after'}=${encodeURIComponent(edge.dataset.id ?? edge.id)}`
    const fetched = await piece(`${sessionPath(shown)}/piece?${which}`, stop.signal)
    if (!link.isConnected) return
    put(fetched, link, isEarlier)
  } catch {
    link.removeAttribute('data-asked')
  }
}

function put(fetched: DocumentFragment, link: Element, isEarlier: boolean): void {
  const messages = main.querySelector('article.session > .messages')!
  const fresh = [...(fetched.querySelector('.messages')?.children ?? [])]
  const next = fetched.querySelector(isEarlier ? 'a.earlier' : 'a.later')
  const holder = document.createElement('div')
  holder.append(...fresh)
  decorate(holder)
  if (isEarlier) layOut(fresh)
  const anchor = isEarlier ? messages.firstElementChild : null
  const before = anchor?.getBoundingClientRect().top ?? 0
  if (isEarlier) messages.prepend(...fresh)
  else messages.append(...fresh)
  if (next) {
    link.replaceWith(next)
    edges.observe(next)
  } else link.remove()
  // What is being read stays where it is.
  if (anchor) main.scrollTop += anchor.getBoundingClientRect().top - before
}

/** Goes to a message, wherever in the conversation it is. */
export async function goTo(messageID: string): Promise<void> {
  if (!sectionOf(messageID) && shown !== null) {
    const fetched = await piece(`${sessionPath(shown)}/piece?at=${encodeURIComponent(messageID)}`, stop.signal)
    replaceMessages(fetched)
  }
  point(messageID)
}

/** The end of the conversation, or its beginning. */
export async function goToEdge(edge: 'beginning' | 'end'): Promise<void> {
  const link = main.querySelector(edge === 'end' ? 'article.session > a.later' : 'article.session > a.earlier')
  if (link && shown !== null)
    replaceMessages(await piece(`${sessionPath(shown)}/piece${edge === 'end' ? '?end=yes' : ''}`, stop.signal))
  main.scrollTo(0, edge === 'end' ? main.scrollHeight : 0)
}

function replaceMessages(fetched: DocumentFragment): void {
  edges.disconnect()
  const place = article()!
  for (const old of place.querySelectorAll(':scope > .messages, :scope > a.more')) old.remove()
  place.append(fetched)
  prepare(place)
}

/** What stands above the place that is read has its height at once: if it got that later, the place would move away. */
function layOut(messages: readonly Element[]): void {
  for (const message of messages) message.classList.remove('late')
}

function point(messageID: string): void {
  const section = sectionOf(messageID)
  for (const old of main.querySelectorAll('.here')) old.classList.remove('here')
  clearHighlight()
  if (!section) return
  const drawn = sections()
  layOut(drawn.slice(0, drawn.indexOf(section) + 1))
  section.classList.add('here')
  const found = sought.now.length > 0 ? highlight(section, sought.now) : null
  sought.set([])
  const place = () => {
    section.scrollIntoView({ block: 'start' })
    const below = found ? found.getBoundingClientRect().bottom - main.getBoundingClientRect().bottom : 0
    if (below > 0) main.scrollTop += below + main.clientHeight / 2
  }
  place()
  // Pictures and what is laid out late move it away once more.
  requestAnimationFrame(place)
}

/** To the next prompt, or the one before. */
export async function step(direction: 1 | -1): Promise<void> {
  const known = outline.now
  if (!known) return
  const here = placeSeen()
  const prompts = direction === 1 ? known.prompts : known.prompts.toReversed()
  const next = prompts.find(({ place }) => (direction === 1 ? place > here : place < here))
  if (next) await goTo(next.id)
}

/** Where in the conversation the message is that was gone to, or else is at the top. */
function placeSeen(): number {
  const id = main.querySelector('.here')?.id ?? seen.now
  const at = outline.now?.prompts.findLast((prompt) => prompt.id === id)
  if (at) return at.place
  const top = sections().find((section) => section.getBoundingClientRect().bottom > 80)
  const known = outline.now?.prompts.find((prompt) => {
    const section = sectionOf(prompt.id)
    return section && top && section.compareDocumentPosition(top) & Node.DOCUMENT_POSITION_PRECEDING
  })
  return known ? known.place - 0.5 : -1
}

let waiting = false
main.addEventListener(
  'scroll',
  () => {
    if (waiting) return
    waiting = true
    requestAnimationFrame(() => {
      waiting = false
      const prompts = main.querySelectorAll<HTMLElement>('section.message.prompt')
      let last: string | null = null
      for (const prompt of prompts) {
        if (prompt.getBoundingClientRect().top > main.clientHeight / 3) break
        last = prompt.id
      }
      seen.set(last)
    })
  },
  { passive: true },
)

/** The conversation grew, or its last message did: what is new is put in the place of what was. */
export async function grow(id: string): Promise<void> {
  if (id !== shown || main.querySelector('article.session > a.later')) return void (id === shown && learn(id))
  const last = sections().slice(-2)[0]
  const isAtEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 120
  const fetched = await piece(`${sessionPath(id)}/piece${last ? `?from=${encodeURIComponent(last.dataset.id ?? last.id)}` : ''}`)
  if (id !== shown) return
  const fresh = [...(fetched.querySelector('.messages')?.children ?? [])] as HTMLElement[]
  const messages = main.querySelector('article.session > .messages')!
  const holder = document.createElement('div')
  holder.append(...fresh)
  decorate(holder)
  for (const section of fresh) {
    const old = section.id ? document.getElementById(section.id) : null
    if (!old) messages.append(section)
    else if (!isSame(old, section)) {
      keepOpen(old, section)
      old.replaceWith(section)
    }
  }
  const later = fetched.querySelector('a.later')
  if (later) {
    article()!.append(later)
    edges.observe(later)
  }
  if (isAtEnd) main.scrollTo(0, main.scrollHeight)
  await learn(id)
}

const isSame = (a: HTMLElement, b: HTMLElement) =>
  a.textContent === b.textContent && a.className.replace(' here', '') === b.className

/** What somebody has unfolded stays so. */
function keepOpen(old: HTMLElement, fresh: HTMLElement): void {
  const before = [...old.querySelectorAll('details')]
  for (const [at, details] of [...fresh.querySelectorAll('details')].entries()) details.open = before[at]?.open ?? details.open
  if (old.classList.contains('here')) fresh.classList.add('here')
}
