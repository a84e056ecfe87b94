import { useEffect, useState } from 'preact/hooks'
import { ask, type Result, sessionPath } from './ask.ts'
import { type Filter, moved, query, searchParameters } from './filter.ts'
import { sought } from './reader.ts'
import { useValue } from './value.ts'
import { count, folder, shortTime, titleOf } from './words.ts'

/** Whoever types a word does not want an answer to each of its letters. */
const restMs = 120

/** So many sessions are shown; what only comes near is looked for while there are fewer. */
const most = 30

interface Answer {
  readonly results: readonly Result[]
  readonly suggestion: string | null
  readonly failure: string | null
  /** Whether what only comes near is still being looked for. */
  readonly isPart: boolean
}

/** What stands above the results of each tier but the first. */
const tiers: Readonly<Record<string, string>> = { close: 'Nearly', relevance: 'About the same' }

/** What was found, as one types: sessions with their best hits, each of which leads to its message. */
export function Results({ text, filter }: { readonly text: string; readonly filter: Filter }) {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const now = useValue(moved)
  const parameters = searchParameters(filter)
  parameters.set('query', text)
  parameters.set('limit', String(most))
  const asked = parameters.toString()
  useEffect(() => {
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      try {
        // What answers exactly is there at once; words that are only near take longer.
        const exact = await ask<'search'>(`search?${asked}&tier=exact`, stop.signal)
        const isPart = exact.results.length < most
        setAnswer({ ...exact, failure: null, isPart })
        if (isPart) setAnswer({ ...(await ask<'search'>(`search?${asked}`, stop.signal)), failure: null, isPart: false })
      } catch (error) {
        if (stop.signal.aborted) return
        setAnswer({ results: [], suggestion: null, failure: (error as Error).message, isPart: false })
      }
    }, restMs)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [asked, now])
  const results = answer?.results ?? []
  return (
    <div class="list results" tabIndex={-1}>
      <p class="nothing" role="status">
        {said(answer)}
        {answer?.suggestion && (
          <button type="button" class="link" onClick={() => query.set(answer.suggestion!)}>
            Did you mean “{answer.suggestion}”?
          </button>
        )}
      </p>
      <ul>
        {results.map((result, at) => (
          <li key={result.session.id}>
            {result.tier !== 'exact' && result.tier !== results[at - 1]?.tier && <p class="tier">{tiers[result.tier]}</p>}
            <Found result={result} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function said(answer: Answer | null): string {
  if (answer === null) return 'Searching… The first time an index is made, which takes a while.'
  const { results, failure, isPart } = answer
  if (failure !== null) return failure
  const exact = results.filter(({ tier }) => tier === 'exact').length
  if (results.length === 0) return isPart ? 'Nothing has all of that; looking for what is near…' : 'Nothing matches. '
  if (exact === 0) return 'Nothing has all of that; this comes near:'
  return exact === most ? `The first ${most} sessions` : count(exact, 'session')
}

function Found({ result: { session, hits, total } }: { readonly result: Result }) {
  const { id, time, directory } = session
  const inTitle = hits.find(({ messageID }) => messageID === null)
  return (
    <div class="found">
      <a class="go" href={sessionPath(id)}>
        <b dir="auto">
          {inTitle && inTitle.sessionID === id && inTitle.snippet === session.title ? (
            <Marked text={inTitle.snippet} marks={inTitle.marks} />
          ) : (
            titleOf(session)
          )}
        </b>
        <small>
          <time dateTime={new Date(time.updated).toISOString()}>{shortTime(time.updated)}</time>
          <span>{directory === null ? '' : folder(directory)}</span>
          <span>{count(total, 'place')}</span>
        </small>
      </a>
      {hits
        .filter(({ messageID }) => messageID !== null)
        .map((hit) => (
          <a
            class="go hit"
            key={hit.partID}
            href={`${sessionPath(hit.sessionID)}#${encodeURIComponent(hit.messageID!)}`}
            onClick={() => sought.set([...new Set(hit.marks.map(([from, to]) => hit.snippet.slice(from, to)))])}
          >
            <em>
              {hit.sessionID === id ? '' : 'subagent · '}
              {hit.tool ?? hit.kind ?? hit.type}
            </em>
            <Marked text={hit.snippet} marks={hit.marks} />
          </a>
        ))}
    </div>
  )
}

/** A text in which what was found is marked. */
export function Marked({ text, marks }: { readonly text: string; readonly marks: readonly (readonly [number, number])[] }) {
  const pieces = []
  let at = 0
  for (const [from, to] of marks) {
    pieces.push(text.slice(at, from), <mark key={from}>{text.slice(from, to)}</mark>)
    at = to
  }
  return (
    <span dir="auto">
      {pieces}
      {text.slice(at)}
    </span>
  )
}
