import { query } from './filter.ts'
import { finding } from './find.tsx'
import { goToEdge, step } from './reader.ts'
import { go, place } from './router.ts'

/** Every key, and what it does, as the help shows it. */
export const keys: readonly (readonly [key: string, does: string])[] = [
  ['/', 'search in all sessions'],
  ['j k', 'down and up in the list'],
  ['Enter', 'open'],
  ['[ ]', 'the prompt before, the next one'],
  ['f', 'find in this session'],
  ['g g', 'the beginning'],
  ['G', 'the end'],
  ['o', 'unfold all tools, or fold them'],
  ['g l', 'the list'],
  ['g s', 'stats'],
  ['g h', 'health'],
  ['?', 'these keys'],
  ['Esc', 'close, leave the search'],
]

const help = () => document.getElementById('help') as HTMLDialogElement

function openHelp(): void {
  help().showModal()
}

/** A `g` waits for its second letter so long, in ms. */
const patience = 1200
let since = Number.NEGATIVE_INFINITY

function move(direction: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('#side a.go')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  const current = links.findIndex((link) => link.hasAttribute('aria-current'))
  const next = at >= 0 ? at + direction : current >= 0 ? current + direction : 0
  const link = links[Math.max(0, Math.min(links.length - 1, next))]
  link?.focus()
  link?.scrollIntoView({ block: 'nearest' })
}

function foldAll(): void {
  const all = [...document.querySelectorAll<HTMLDetailsElement>('#main .messages details.fold')]
  const isAny = all.some(({ open }) => open)
  for (const details of all) details.open = !isAny
}

const second: Readonly<Record<string, () => void>> = {
  g: () => void goToEdge('beginning'),
  l: () => document.querySelector<HTMLElement>('#side a.go')?.focus(),
  s: () => go('/stats'),
  h: () => go('/health'),
}

const first: Readonly<Record<string, () => void>> = {
  '/': () => document.querySelector<HTMLInputElement>('#query')?.select(),
  j: () => move(1),
  k: () => move(-1),
  '[': () => void step(-1),
  ']': () => void step(1),
  f: () => finding.set(place.now.kind === 'session'),
  o: foldAll,
  G: () => void goToEdge('end'),
  '?': openHelp,
}

function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help().open) return
  const target = event.target as HTMLElement
  if (target.matches('input, select, textarea')) {
    if (event.key === 'Escape' && target.id === 'query') {
      query.set('')
      target.blur()
    }
    if (event.key === 'ArrowDown' && target.id === 'query') {
      event.preventDefault()
      move(1)
    }
    return
  }
  if (event.key === 'Escape') {
    finding.set(false)
    document.body.classList.remove('railed')
  }
  const isSecond = event.timeStamp - since < patience
  since = Number.NEGATIVE_INFINITY
  if (!isSecond && event.key === 'g') {
    since = event.timeStamp
    return
  }
  const act = (isSecond ? second : first)[event.key]
  if (!act) return
  event.preventDefault()
  act()
}

/** From now on keys do what the help says. */
export function listenToKeys(): void {
  addEventListener('keydown', pressed)
  addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('[data-help]')) openHelp()
  })
}
