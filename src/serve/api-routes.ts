import { Hono } from 'hono'
import { findInSession } from '../api/find.ts'
import { messagesAfter } from '../api/messages.ts'
import { sessionNamed } from '../api/sessions.ts'
import { whereStands } from '../api/where.ts'
import { OcvaultError } from '../base/errors.ts'
import { titled } from '../conversation/opening.ts'
import { messageJSON, sessionJSON } from '../render/json/session-json.ts'
import { whereJSON } from '../render/json/where-json.ts'
import { failureOf, tagged } from './answers.ts'
import { events } from './events.ts'
import { listed } from './list.ts'
import { outlineJSON } from './outline-json.ts'
import { filterIn, filterNames, Parameters } from './parameters.ts'
import { facetsOf } from './roster.ts'
import { searchNames, searchRequest } from './search-request.ts'
import type { Sources } from './sources.ts'

/** At most so much in one answer. */
const most = { sessions: 500, messages: 200, results: 100 }

/** `/api`: what the `--json` of the command line prints, by address. */
export function apiRoutes({ library, rosters, outlines, searching, surveying }: Sources, onBug: (error: unknown) => void): Hono {
  const api = new Hono()
  api.onError((error, { req, json }) => {
    const { status, message, code } = failureOf(error)
    if (status === 500 && !req.raw.signal.aborted) onBug(error)
    return json({ error: { code, message } }, status)
  })
  api.get('/sessions', (context) => {
    const parameters = new Parameters(context.req.url, [...filterNames, 'offset', 'limit'])
    const filter = filterIn(parameters)
    const [offset, limit] = [parameters.count('offset', 0, 1e9), parameters.count('limit', 50, most.sessions)]
    return tagged(context, library, async () => {
      const found = (await rosters.current()).select(filter)
      const sessions = listed(library.now(), found.slice(offset, offset + limit)).map(sessionJSON)
      return { total: found.length, offset, sessions }
    })
  })
  api.get('/facets', (context) => {
    const filter = filterIn(new Parameters(context.req.url, filterNames))
    return tagged(context, library, async () => facetsOf((await rosters.current()).select(filter)))
  })
  api.get('/sessions/:id', (context) =>
    tagged(context, library, async () => sessionJSON(await sessionNamed(library.now(), context.req.param('id')))),
  )
  api.get('/sessions/:id/messages', (context) => {
    const parameters = new Parameters(context.req.url, ['after', 'limit'])
    const [after, limit] = [parameters.text('after'), parameters.count('limit', 50, most.messages)]
    return tagged(context, library, async () => {
      const catalog = library.now()
      const { id } = await sessionNamed(catalog, context.req.param('id'))
      const { messages, next } = messagesAfter(catalog, outlines.of(id), after, limit)
      return { messages: messages.map(messageJSON), next }
    })
  })
  api.get('/sessions/:id/tree', (context) =>
    tagged(context, library, async () => {
      const catalog = library.now()
      const tree = [...catalog.tree(await sessionNamed(catalog, context.req.param('id')))]
      return { sessions: tree.map(([session, depth]) => ({ session: sessionJSON(titled(catalog, session)), depth })) }
    }),
  )
  api.get('/sessions/:id/outline', (context) =>
    tagged(context, library, async () => {
      const { id } = await sessionNamed(library.now(), context.req.param('id'))
      return outlineJSON(outlines.of(id))
    }),
  )
  api.get('/sessions/:id/find', (context) => {
    const text = new Parameters(context.req.url, ['text']).text('text')
    if (text === undefined) throw new OcvaultError('usage', 'text is missing')
    return tagged(context, library, () =>
      library.reading(async (catalog) => {
        const { id } = await sessionNamed(catalog, context.req.param('id'))
        const found = []
        for await (const each of findInSession(catalog, id, text)) {
          context.req.raw.signal.throwIfAborted()
          found.push(each)
        }
        return { found }
      }),
    )
  })
  api.get('/events', (context) => events(context, library))
  api.get('/search', (context) => {
    const request = searchRequest(new Parameters(context.req.url, searchNames), most.results)
    return tagged(context, library, () => searching.ask('search', request, context.req.raw.signal))
  })
  api.get('/stats', (context) => {
    const parameters = new Parameters(context.req.url, ['project', 'agent', 'model', 'since', 'until', 'archived', 'tz', 'limit'])
    const asked = {
      project: parameters.text('project'),
      agent: parameters.text('agent'),
      model: parameters.text('model'),
      since: parameters.time('since'),
      until: parameters.time('until'),
      archived: parameters.choice('archived', ['only', 'no']),
      tz: parameters.text('tz'),
      limit: parameters.count('limit', 8, most.results),
    }
    return tagged(context, library, () => surveying.ask('stats', asked, context.req.raw.signal))
  })
  api.get('/stores', (context) => tagged(context, library, async () => whereJSON(await whereStands(library.now(), {}))))
  api.all('*', ({ json }) => json({ error: { code: 'not-found', message: 'there is nothing at this address' } }, 404))
  return api
}
