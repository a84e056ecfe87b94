import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, type Session, sessionAPI, sessionPath } from './ask.ts'
import { type Filter, listParameters, moved } from './filter.ts'
import { place } from './router.ts'
import { useValue } from './value.ts'
import { count, folder, longTime, shortTime, titleOf } from './words.ts'

/** Height of a row in px, as the style sheet has it. */
const rowHeight = 58
/** Sessions asked for at once. */
const pageSize = 100
/** Rows drawn beyond what is seen, and rows that are asked for before they are drawn. */
const beyond = 15
const ahead = 40

interface Child {
  readonly session: Session
  readonly depth: number
}

interface Pages {
  /** The filter that they are of. */
  readonly of: string
  readonly total: number | null
  readonly pages: ReadonlyMap<number, readonly Session[]>
}

interface ListProps {
  readonly filter: Filter
  /** The newest sessions as the server has drawn them: what is seen until the list is there. */
  readonly drawn: string
}

/** The list of sessions: of fifty thousand only those are there that are seen. */
export function SessionList({ filter, drawn }: ListProps) {
  const box = useRef<HTMLDivElement>(null)
  const [{ top, height }, setView] = useState({ top: 0, height: 800 })
  const [{ of, total, pages }, setPages] = useState<Pages>({ of: '', total: null, pages: new Map() })
  const [open, setOpen] = useState<ReadonlyMap<string, readonly Child[]>>(new Map())
  const now = useValue(moved)
  const parameters = listParameters(filter).toString()
  const asked = useRef(new Map<string, AbortController | null>())
  const wantedList = useRef(parameters)
  wantedList.current = parameters
  useEffect(() => {
    box.current?.scrollTo(0, 0)
    for (const stop of asked.current.values()) stop?.abort()
    asked.current.clear()
    setOpen(new Map())
  }, [parameters])

  const unfolded = unfoldedIn(pages, open)
  const size = unfolded.reduce((sum, { children }) => sum + children.length, total ?? 0)
  const first = Math.max(0, Math.floor(top / rowHeight) - beyond)
  const last = Math.max(first, Math.min(size, Math.ceil((top + height) / rowHeight) + beyond))
  const rows = [...Array(last - first).keys()].map((at) => rowAt(first + at, pages, unfolded))
  // The beginning tells how long the list is.
  const isKnown = of === parameters && rows.length > 0
  const wanted = !isKnown ? [0] : pagesOf(rows, total ?? 0)

  useEffect(() => {
    const names = new Map(wanted.map((page) => [`${now} ${parameters} ${page}`, page]))
    // What was scrolled past is not waited for.
    for (const [name, stop] of asked.current) {
      if (!stop || names.has(name)) continue
      stop.abort()
      asked.current.delete(name)
    }
    const load = async (name: string, page: number) => {
      if (asked.current.has(name)) return
      const stop = new AbortController()
      asked.current.set(name, stop)
      try {
        const path = `sessions?${parameters}&offset=${page * pageSize}&limit=${pageSize}`
        const answer = await ask<'sessions'>(path, stop.signal)
        asked.current.set(name, null)
        // Of a list that is not wanted any more nothing is taken.
        if (wantedList.current !== parameters) return
        setPages((before) => {
          const kept = before.of === parameters ? before.pages : []
          return { of: parameters, total: answer.total, pages: new Map([...kept, [page, answer.sessions]]) }
        })
      } catch {
        if (asked.current.get(name) === stop) asked.current.delete(name)
      }
    }
    for (const [name, page] of names) void load(name, page)
  }, [now, parameters, wanted.join()])

  useEffect(() => {
    const element = box.current!
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight })
    const watcher = new ResizeObserver(measure)
    watcher.observe(element)
    element.addEventListener('scroll', measure, { passive: true })
    return () => {
      watcher.disconnect()
      element.removeEventListener('scroll', measure)
    }
  }, [])

  const unfold = async ({ id }: Session) => {
    if (open.has(id)) return setOpen(new Map([...open].filter(([each]) => each !== id)))
    const { sessions } = await ask<'tree'>(`${sessionAPI(id)}/tree`)
    setOpen((before) => new Map([...before, [id, sessions.slice(1)]]))
  }

  return (
    <div class="list" ref={box} tabIndex={-1}>
      {total === null && <ol class="drawn" dangerouslySetInnerHTML={{ __html: drawn }} />}
      {total === 0 && <p class="nothing">No session is like that.</p>}
      <ul style={{ height: `${size * rowHeight}px` }} aria-label={total === null ? 'Sessions' : count(total, 'session')}>
        {rows.map((row, at) => (
          <li
            key={row.session ? `${row.session.id} ${row.depth}` : first + at}
            style={{ transform: `translateY(${(first + at) * rowHeight}px)` }}
            aria-setsize={size}
            aria-posinset={first + at + 1}
          >
            {row.session ? (
              <Row
                session={row.session}
                depth={row.depth}
                isOpen={open.has(row.session.id)}
                unfold={() => unfold(row.session!)}
              />
            ) : (
              <span class="blank" aria-hidden="true" />
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}

interface RowPlace {
  readonly session: Session | undefined
  readonly depth: number
  /** Of the list without what is unfolded. */
  readonly place: number
}

/** What is unfolded, by its place in the list. */
type Unfolded = readonly { readonly place: number; readonly children: readonly Child[] }[]

function unfoldedIn(pages: Pages['pages'], open: ReadonlyMap<string, readonly Child[]>): Unfolded {
  if (open.size === 0) return []
  const found = [...pages].flatMap(([page, sessions]) =>
    sessions.flatMap(({ id }, at) => (open.has(id) ? [{ place: page * pageSize + at, children: open.get(id)! }] : [])),
  )
  return found.sort((a, b) => a.place - b.place)
}

function rowAt(row: number, pages: Pages['pages'], unfolded: Unfolded): RowPlace {
  let shift = 0
  for (const { place: at, children } of unfolded) {
    const within = row - shift - at - 1
    if (within < 0) break
    if (within < children.length) return { ...children[within]!, place: at }
    shift += children.length
  }
  const at = row - shift
  return { session: pages.get(Math.floor(at / pageSize))?.[at % pageSize], depth: 0, place: at }
}

/** The pages that rows are on, and those that come next in both directions; what is seen first. */
function pagesOf(rows: readonly RowPlace[], total: number): number[] {
  const pageOf = (at: number) => Math.floor(Math.max(0, Math.min(total - 1, at)) / pageSize)
  const seen = rows.map(({ place: at }) => at)
  return [...new Set([...seen, seen.at(-1)! + ahead, seen[0]! - ahead].map(pageOf))]
}

interface RowProps {
  readonly session: Session
  readonly depth: number
  readonly isOpen: boolean
  readonly unfold: () => void
}

function Row({ session, depth, isOpen, unfold }: RowProps) {
  const shown = useValue(place)
  const isCurrent = shown.kind === 'session' && shown.id === session.id
  const { id, time, directory, subagents, agent } = session
  return (
    <div class={`row depth${Math.min(depth, 3)}`}>
      <a class="go" href={sessionPath(id)} aria-current={isCurrent ? 'page' : undefined}>
        <b dir="auto">{titleOf(session)}</b>
        <small>
          <time dateTime={new Date(time.updated).toISOString()} title={longTime(time.updated)}>
            {shortTime(time.updated)}
          </time>
          <span>{depth > 0 ? agent : directory === null ? '' : folder(directory)}</span>
          {time.archived !== null && <i>archived</i>}
        </small>
      </a>
      {subagents > 0 && depth === 0 && (
        <button type="button" class="unfold" aria-expanded={isOpen} onClick={unfold} title={count(subagents, 'subagent')}>
          <span class="hidden">Subagents of {titleOf(session)}: </span>
          {subagents}
        </button>
      )}
    </div>
  )
}
