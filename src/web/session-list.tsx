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
/** Rows drawn beyond what is seen. */
const beyond = 12

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
  const asked = useRef(new Set<string>())
  const wantedList = useRef(parameters)
  wantedList.current = parameters
  useEffect(() => {
    box.current?.scrollTo(0, 0)
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
  const wanted = !isKnown ? [0] : [...new Set(rows.map(({ place: at }) => Math.floor(at / pageSize)))]

  useEffect(() => {
    const load = async (page: number) => {
      const name = `${now} ${parameters} ${page}`
      if (asked.current.has(name)) return
      asked.current.add(name)
      try {
        const answer = await ask<'sessions'>(`sessions?${parameters}&offset=${page * pageSize}&limit=${pageSize}`)
        // Of a list that is not wanted any more nothing is taken.
        if (wantedList.current !== parameters) return
        setPages((before) => {
          const kept = before.of === parameters ? before.pages : []
          return { of: parameters, total: answer.total, pages: new Map([...kept, [page, answer.sessions]]) }
        })
      } catch {
        asked.current.delete(name)
      }
    }
    for (const page of wanted) void load(page)
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
            {row.session && (
              <Row
                session={row.session}
                depth={row.depth}
                isOpen={open.has(row.session.id)}
                unfold={() => unfold(row.session!)}
              />
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
