import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { parseRequest } from '../api/requests.ts'
import { sessionNamed } from '../api/sessions.ts'
import { titled } from '../conversation/opening.ts'
import { documentOf } from './document.ts'
import { type ActionOptions, fieldsOf } from './forms.ts'
import { exportPage } from './pages/export-page.ts'

/** What can be done with a session: each has a page that says what, and does it when its form comes back. */
export function actionRoutes(options: ActionOptions): Hono {
  const { access, cookie, sources } = options
  const routes = new Hono()
  routes.get('/s/:id/export', async (context) => {
    const catalog = sources.library.now()
    const session = titled(catalog, await sessionNamed(catalog, context.req.param('id')))
    const messages = sources.outlines.of(session.id).items.length
    const token = access.formToken(getCookie(context, cookie) ?? '', context.req.path)
    return context.html(exportPage({ session, messages, token }))
  })
  routes.post('/s/:id/export', async (context) => {
    const fields = await fieldsOf(context, options)
    const tree = fields.get('tree') === 'yes'
    const request = parseRequest('export', { sessions: [context.req.param('id')], format: fields.get('format'), tree })
    return documentOf(await sources.library.open(), request, 'download')
  })
  return routes
}
