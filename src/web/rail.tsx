import { area, line } from 'd3-shape'
import { useEffect, useRef } from 'preact/hooks'
import type { Outline } from './ask.ts'
import { outline, seen } from './reader.ts'
import { place } from './router.ts'
import { useValue } from './value.ts'
import { grouped, money, short } from './words.ts'

/** Beside a conversation: how context and cost grew, and what I asked. */
export function Rail() {
  const known = useValue(outline)
  const shown = useValue(place)
  const at = useValue(seen)
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [at])
  if (!known || shown.kind !== 'session') return null
  return (
    <nav class="rail" aria-label="Prompts">
      <Growth known={known} />
      <h2>
        Prompts <small>{grouped(known.prompts.length)}</small>
      </h2>
      <ol ref={list}>
        {known.prompts.map(({ id, text }) => (
          <li key={id}>
            <a
              href={`/s/${encodeURIComponent(shown.id)}#${encodeURIComponent(id)}`}
              aria-current={id === at ? 'location' : undefined}
              dir="auto"
            >
              {text || '(no text)'}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  )
}

const width = 200
const height = 48

/** How large the context was at each answer, and what all answers up to it cost. */
function Growth({ known: { growth, messages, cost } }: { readonly known: Outline }) {
  const most = Math.max(1, ...growth.map(({ context }) => context))
  if (growth.length < 2) return null
  const x = ({ place: at }: Outline['growth'][number]) => (at / Math.max(1, messages - 1)) * width
  const y = (share: number) => height - 1 - share * (height - 3)
  const context = area<Outline['growth'][number]>()
    .x(x)
    .y0(height)
    .y1((each) => y(each.context / most))
  const spent = line<Outline['growth'][number]>()
    .x(x)
    .y((each) => y(cost === 0 ? 0 : each.cost / cost))
  const words = `Context up to ${short(most)} tokens${cost > 0 ? `, cost ${money(cost)}` : ''}, over ${grouped(messages)} messages`
  return (
    <figure class="growth">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={words}>
        <path class="context" d={context(growth) ?? ''} />
        {cost > 0 && <path class="cost" d={spent(growth) ?? ''} />}
      </svg>
      <figcaption>
        <span class="context">context ≤ {short(most)}</span>
        {cost > 0 && <span class="cost">cost {money(cost)}</span>}
      </figcaption>
    </figure>
  )
}
