import { Value } from './value.ts'

/** What is shown beside the list. */
export type Place =
  | { readonly kind: 'home' | 'stats' | 'health' }
  | { readonly kind: 'undelete'; readonly path: string }
  | { readonly kind: 'session'; readonly id: string; readonly messageID: string | null }

function placeOf({ pathname, hash, search }: Location): Place {
  const [, id] = /^\/s\/([^/]+)$/.exec(pathname) ?? []
  if (id !== undefined) {
    const messageID = hash.length > 1 ? decodeURIComponent(hash.slice(1)) : new URLSearchParams(search).get('at')
    return { kind: 'session', id: decodeURIComponent(id), messageID }
  }
  if (/^\/undelete(?:\/[^/]+)?$/.test(pathname)) return { kind: 'undelete', path: pathname }
  return { kind: pathname === '/stats' ? 'stats' : pathname === '/health' ? 'health' : 'home' }
}

export const place = new Value<Place>(placeOf(location))

/** Goes to an address of ours. */
export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
  place.set(placeOf(location))
}

/** From now on links between our pages change what is shown, and not the page. */
export function followLinks(): void {
  addEventListener('popstate', () => place.set(placeOf(location)))
  addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement
    if (form.method !== 'get' || new URL(form.action).pathname !== '/stats') return
    event.preventDefault()
    const given = [...new FormData(form)].filter(([, value]) => value !== '') as [string, string][]
    go(`/stats?${new URLSearchParams(given)}`)
  })
  addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || event.defaultPrevented || event.button !== 0 || link.hasAttribute('download')) return
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    const url = new URL(link.href)
    if (url.origin !== location.origin || !/^\/(?:s\/[^/]+|stats|health|undelete(?:\/[^/]+)?)?$/.test(url.pathname)) return
    event.preventDefault()
    go(`${url.pathname}${url.search}${url.hash}`)
  })
}
