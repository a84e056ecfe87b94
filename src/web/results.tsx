import { useEffect, useState } from 'preact/hooks'
import { ask, type Result, sessionPath } from './ask.ts'
import { type Filter, moved, query, searchParameters } from './filter.ts'
import { useValue } from './value.ts'
import { count, folder, shortTime, titleOf } from './words.ts'

/** Whoever types a word does not want an answer to each of its letters. */
const restMs = 120

interface Answer {
  readonly results: readonly Result[]
  readonly suggestion: string | null
  readonly failure: string | null
}

/** What was found, as one types: sessions with their best hits, each of which leads to its message. */
export function Results({ text, filter }: { readonly text: string; readonly filter: Filter }) {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const now = useValue(moved)
  const parameters = searchParameters(filter)
  parameters.set('query', text)
  parameters.set('limit', '30')
  const asked = parameters.toString()
  useEffect(() => {
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      try {
        setAnswer({ ...(await ask<'search'>(`search?${asked}`, stop.signal)), failure: null })
      } catch (error) {
        if (!stop.signal.aborted) setAnswer({ results: [], suggestion: null, failure: (error as Error).message })
      }
    }, restMs)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [asked, now])
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
        {answer?.results.map((result) => (
          <li key={result.session.id}>
            <Found result={result} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function said(answer: Answer | null): string {
  if (answer === null) return 'Searching… The first time an index is made, which takes a while.'
  if (answer.failure !== null) return answer.failure
  return answer.results.length === 0 ? 'Nothing matches. ' : count(answer.results.length, 'session')
}

function Found({ result: { session, hits, total } }: { readonly result: Result }) {
  const { id, time, directory } = session
  return (
    <div class="found">
      <a class="go" href={sessionPath(id)}>
        <b dir="auto">{titleOf(session)}</b>
        <small>
          <time dateTime={new Date(time.updated).toISOString()}>{shortTime(time.updated)}</time>
          <span>{directory === null ? '' : folder(directory)}</span>
          <span>{count(total, 'place')}</span>
        </small>
      </a>
      {hits
        .filter(({ messageID }) => messageID !== null)
        .map((hit) => (
          <a class="go hit" key={hit.partID} href={`${sessionPath(hit.sessionID)}#${encodeURIComponent(hit.messageID!)}`}>
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
