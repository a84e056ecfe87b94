import { useEffect, useState } from 'preact/hooks'
import { ask } from './ask.ts'
import { everything, type Filter, filter, listParameters, moved, query } from './filter.ts'
import { Results } from './results.tsx'
import { place } from './router.ts'
import { SessionList } from './session-list.tsx'
import { useValue } from './value.ts'
import { folder } from './words.ts'

type Facets = Awaited<ReturnType<typeof ask<'facets'>>>

/**
 * The list: what is looked for, what it is narrowed to, and the sessions that are left.
 * @param props `drawn` is what the server has drawn of the list
 */
export function Side({ drawn }: { readonly drawn: string }) {
  const text = useValue(query)
  const chosen = useValue(filter)
  const now = useValue(moved)
  const [facets, setFacets] = useState<Facets | null>(null)
  const [narrowing, setNarrowing] = useState(false)
  const parameters = listParameters(chosen).toString()
  useEffect(() => {
    if (!narrowing) return
    const stop = new AbortController()
    ask<'facets'>(`facets?${parameters}`, stop.signal).then(setFacets, () => {})
    return () => stop.abort()
  }, [narrowing, parameters, now])
  const isNarrowed = chosen !== everything
  return (
    <nav class="side" aria-label="Sessions">
      <search class="search">
        <label class="hidden" for="query">
          Search in all sessions
        </label>
        <input
          id="query"
          type="search"
          placeholder="Search in all sessions"
          autocomplete="off"
          spellcheck={false}
          value={text}
          aria-keyshortcuts="/"
          onInput={({ currentTarget }) => query.set(currentTarget.value)}
        />
        <button
          type="button"
          class="narrow"
          aria-expanded={narrowing}
          aria-pressed={isNarrowed}
          onClick={() => setNarrowing(!narrowing)}
        >
          Filter
        </button>
      </search>
      {narrowing && <Narrow chosen={chosen} facets={facets} />}
      {text.trim() === '' ? <SessionList filter={chosen} drawn={drawn} /> : <Results text={text} filter={chosen} />}
      <Places />
    </nav>
  )
}

function Places() {
  const { kind } = useValue(place)
  return (
    <footer class="places">
      <a href="/stats" aria-current={kind === 'stats' ? 'page' : undefined}>
        Stats
      </a>
      <a href="/health" aria-current={kind === 'health' ? 'page' : undefined}>
        Health
      </a>
      <button type="button" class="link" data-help>
        Keys
      </button>
    </footer>
  )
}

function Narrow({ chosen, facets }: { readonly chosen: Filter; readonly facets: Facets | null }) {
  const set = (change: Partial<Filter>) => {
    const next = { ...chosen, ...change }
    filter.set(Object.values(next).every((value) => value === '') ? everything : next)
  }
  const choice = (name: 'directory' | 'agent' | 'model' | 'store', label: string, word = (value: string) => value) => (
    <label>
      <span>{label}</span>
      <select value={chosen[name]} onChange={({ currentTarget }) => set({ [name]: currentTarget.value })}>
        <option value="">any</option>
        {facets?.[name].map(([value, sessions]) => (
          <option key={value} value={value}>
            {word(value)} ({sessions})
          </option>
        ))}
      </select>
    </label>
  )
  return (
    <form class="facets" onSubmit={(event) => event.preventDefault()}>
      {choice('directory', 'Project', (path) => folder(path))}
      {choice('agent', 'Agent')}
      {choice('model', 'Model')}
      {choice('store', 'Store')}
      <label>
        <span>Updated</span>
        <select value={chosen.since} onChange={({ currentTarget }) => set({ since: currentTarget.value })}>
          <option value="">any time</option>
          <option value="today">today</option>
          <option value="7d">the last 7 days</option>
          <option value="30d">the last 30 days</option>
          <option value="365d">the last year</option>
        </select>
      </label>
      <label>
        <span>Archived</span>
        <select
          value={chosen.archived}
          onChange={({ currentTarget }) => set({ archived: currentTarget.value as Filter['archived'] })}
        >
          <option value="">too</option>
          <option value="no">not</option>
          <option value="only">only</option>
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={chosen.stranded === 'yes'}
          onChange={({ currentTarget }) => set({ stranded: currentTarget.checked ? 'yes' : '' })}
        />
        <span>Stranded only</span>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={chosen.subagents === 'yes'}
          onChange={({ currentTarget }) => set({ subagents: currentTarget.checked ? 'yes' : '' })}
        />
        <span>Subagents too</span>
      </label>
      <button type="button" class="link" onClick={() => filter.set(everything)}>
        Show everything
      </button>
    </form>
  )
}
