import type { Context, MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Access } from './access.ts'
import { doorPage } from './pages/door-page.ts'

/** No token is longer; more of a body is not read. */
const longestBody = 4096

interface DoorOptions {
  readonly access: Access
  /** Cookies are sent to every port of a host: the name tells servers apart. */
  readonly cookie: string
  /** Whether browsers come by https. */
  readonly isSecure: boolean
}

/** Lets in who has a key, or the token of programs; anybody else gets the page that asks for it, or a refusal. */
export function closed({ access, cookie }: DoorOptions): MiddlewareHandler {
  return async (context, next) => {
    const [, bearer] = /^Bearer (\S+)$/.exec(context.req.header('Authorization') ?? '') ?? []
    if (access.knows(getCookie(context, cookie)) || (bearer !== undefined && access.opens(bearer))) return next()
    if (context.req.path.startsWith('/api/')) {
      return context.json({ error: { code: 'refused', message: 'this browser has not come in yet' } }, 401)
    }
    return context.html(doorPage({ isShared: access.token === undefined, wasWrong: false }), 401)
  }
}

/** `POST /enter` takes a token for a key, `POST /leave` gives the key back. */
export function doorRoutes({ access, cookie, isSecure }: DoorOptions, entered: () => void): Hono {
  const door = new Hono()
  door.post('/enter', async (context) => {
    const form = new URLSearchParams(await bodyOf(context))
    const key = access.enter(form.get('token') ?? '')
    if (key === undefined) return context.html(doorPage({ isShared: access.token === undefined, wasWrong: true }), 403)
    setCookie(context, cookie, key, { httpOnly: true, sameSite: 'Strict', path: '/', secure: isSecure })
    entered()
    return context.redirect('/', 303)
  })
  door.post('/leave', (context) => {
    const key = getCookie(context, cookie)
    if (key !== undefined) access.leave(key)
    setCookie(context, cookie, '', { httpOnly: true, sameSite: 'Strict', path: '/', secure: isSecure, maxAge: 0 })
    return context.redirect('/', 303)
  })
  return door
}

/** A form's text; of one that is too long nothing. */
async function bodyOf({ req }: Context): Promise<string> {
  const length = Number(req.header('Content-Length') ?? Number.NaN)
  return length <= longestBody ? await req.text() : ''
}
