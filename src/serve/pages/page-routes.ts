import { type Context, Hono } from 'hono'
import { sessionNamed } from '../../api/sessions.ts'
import { titled } from '../../conversation/opening.ts'
import { safeLine } from '../../render/safe-text.ts'
import { titleOf } from '../../render/words.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { documentOf } from '../document.ts'
import { Parameters } from '../parameters.ts'
import type { Sources } from '../sources.ts'
import { listView } from './list-view.ts'
import { conversationPiece, sessionView, type Wanted } from './session-view.ts'
import { shellPage } from './shell.ts'

/** How many sessions stand in the list of a page; scripts fetch the rest. */
const listSize = 50

/** The newest sessions, without making the list of all. */
function listIn(catalog: Catalog, offset: number): string {
  const sessions = Iterator.from(catalog.sessions({ roots: true }))
    .drop(offset)
    .take(listSize + 1)
    .toArray()
  const shown = sessions.slice(0, listSize).map((session) => titled(catalog, session))
  return listView(shown, { offset, more: sessions.length > listSize, size: listSize })
}

const wantedNames = ['at', 'from', 'after', 'before', 'end'] as const

function wantedIn(parameters: Parameters): Wanted {
  return {
    at: parameters.text('at'),
    from: parameters.text('from'),
    after: parameters.text('after'),
    before: parameters.text('before'),
    end: parameters.yes('end'),
  }
}

/** Pages: the list, a session, and a piece of its conversation. */
export function pageRoutes({ library, outlines }: Sources, isReadOnly: boolean): Hono {
  const routes = new Hono()
  const sessionOf = async (context: Context): Promise<Session> =>
    titled(library.now(), await sessionNamed(library.now(), context.req.param('id') ?? ''))
  routes.get('/', (context) => {
    const offset = new Parameters(context.req.url, ['offset']).count('offset', 0, 1e9)
    const main = '<div class="empty"><p>Choose a session from the list.</p></div>\n'
    return context.html(shellPage({ title: 'ocvault', side: listIn(library.now(), offset), main, reading: false }))
  })
  routes.get('/s/:id', async (context) => {
    const wanted = wantedIn(new Parameters(context.req.url, wantedNames))
    const session = await sessionOf(context)
    const main = sessionView(library.now(), session, () => outlines.of(session.id), wanted, isReadOnly)
    const title = `${safeLine(titleOf(session))} · ocvault`
    return context.html(shellPage({ title, side: listIn(library.now(), 0), main, reading: true }))
  })
  /** The same without what is around it. */
  routes.get('/s/:id/view', async (context) => {
    const wanted = wantedIn(new Parameters(context.req.url, wantedNames))
    const session = await sessionOf(context)
    return context.html(sessionView(library.now(), session, () => outlines.of(session.id), wanted, isReadOnly))
  })
  /** The whole conversation as Markdown, to be copied. */
  routes.get('/s/:id/markdown', async (context) => {
    const { id } = await sessionOf(context)
    return documentOf(await library.open(), { sessions: [id], format: 'md', tree: false }, 'text')
  })
  routes.get('/s/:id/piece', async (context) => {
    const wanted = wantedIn(new Parameters(context.req.url, wantedNames))
    const { id } = await sessionOf(context)
    return context.html(conversationPiece(library.now(), outlines.of(id), wanted))
  })
  return routes
}
