import type { HonoRequest, MiddlewareHandler } from 'hono'

/** Nobody has a reason to ask for more. */
const longestAddress = 8000

const refusal = (status: number, text: string) => new Response(`${text}\n`, { status, headers: { 'Content-Type': 'text/plain' } })

/**
 * Refuses what no page of ours asks: another name for this server (DNS rebinding), a page from elsewhere, a method that changes
 * something where nothing can be changed.
 * @param origins those under which the pages are seen
 * @param posts the paths that take a form
 */
export function guarded(origins: ReadonlySet<string>, posts: RegExp): MiddlewareHandler {
  const hosts = new Set(Array.from(origins, (origin) => new URL(origin).host))
  return async ({ req }, next) => {
    const { pathname } = new URL(req.url)
    if (!hosts.has((req.header('Host') ?? '').toLowerCase())) return refusal(403, 'this server is not known by that name')
    if (isForeign(req, origins)) return refusal(403, 'a page from elsewhere may not ask here')
    if (req.url.length > longestAddress) return refusal(414, 'the address is too long')
    const isPost = req.method === 'POST' && posts.test(pathname)
    if (isPost || req.method === 'GET' || req.method === 'HEAD') return next()
    const refused = refusal(405, 'here things can only be read')
    refused.headers.set('Allow', posts.test(pathname) ? 'GET, HEAD, POST' : 'GET, HEAD')
    return refused
  }
}

/**
 * Whether a page of somebody else asks. A link from elsewhere may lead here: it comes without the cookie. A form says `null`
 * where it comes from, because pages of ours tell nobody, and the browser says that it is one of ours.
 */
function isForeign(req: HonoRequest, origins: ReadonlySet<string>): boolean {
  const origin = req.header('Origin')
  const site = req.header('Sec-Fetch-Site')
  if (req.method === 'POST') return origin === 'null' ? site !== 'same-origin' : origin === undefined || !origins.has(origin)
  if (origin !== undefined && !origins.has(origin)) return true
  return (site === 'cross-site' || site === 'same-site') && req.header('Sec-Fetch-Mode') !== 'navigate'
}
