import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ask, sessionAPI } from './ask.ts'
import { goTo, sought } from './reader.ts'
import { Marked } from './results.tsx'
import { place } from './router.ts'
import { useValue, Value } from './value.ts'

export const finding = new Value(false)

type Found = Awaited<ReturnType<typeof ask<'find'>>>['found']

/** Finds a text in all of the conversation, whatever of it is drawn. */
export function Find() {
  const isOpen = useValue(finding)
  const shown = useValue(place)
  const [text, setText] = useState('')
  const [found, setFound] = useState<Found | null>(null)
  const [at, setAt] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  const id = shown.kind === 'session' ? shown.id : null
  // Before the next key arrives: it belongs to the text.
  useLayoutEffect(() => {
    if (isOpen) input.current?.select()
  }, [isOpen])
  useEffect(() => {
    setFound(null)
    setAt(-1)
    if (!isOpen || id === null || text.trim() === '') return
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      const answer = await ask<'find'>(`${sessionAPI(id)}/find?text=${encodeURIComponent(text)}`, stop.signal).catch(() => null)
      if (answer) setFound(answer.found)
    }, 150)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [text, id, isOpen])
  if (!isOpen || id === null) return null
  const go = (next: number) => {
    if (!found?.length) return
    const wrapped = (next + found.length) % found.length
    setAt(wrapped)
    sought.set([text.trim()])
    void goTo(found[wrapped]!.messageID)
  }
  const said = found === null ? '' : found.length === 0 ? 'nowhere' : `${at + 1} of ${found.length} messages`
  return (
    <search class="find">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          go(at + 1)
        }}
      >
        <label class="hidden" for="find">
          Find in this session
        </label>
        <input
          id="find"
          ref={input}
          type="search"
          placeholder="Find in this session"
          value={text}
          autocomplete="off"
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') finding.set(false)
            if (event.key === 'Enter' && event.shiftKey) {
              event.preventDefault()
              go(at - 1)
            }
          }}
        />
        <output>{said}</output>
        <button type="button" class="small" onClick={() => go(at - 1)}>
          previous
        </button>
        <button type="submit" class="small">
          next
        </button>
        <button type="button" class="small" onClick={() => finding.set(false)}>
          close
        </button>
      </form>
      {found && found.length > 0 && (
        <ol>
          {found.slice(0, 200).map(({ messageID, snippet, mark }, each) => (
            <li key={messageID}>
              <button type="button" aria-current={each === at ? 'true' : undefined} onClick={() => go(each)}>
                <Marked text={snippet} marks={[mark]} />
              </button>
            </li>
          ))}
        </ol>
      )}
    </search>
  )
}
