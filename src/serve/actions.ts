import { type Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { exportDocument } from '../api/export.ts'
import { parseRequest, type Request } from '../api/requests.ts'
import { sessionNamed } from '../api/sessions.ts'
import { OcvaultError } from '../base/errors.ts'
import { titled } from '../conversation/opening.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { extensionOf } from '../transfer/export/export.ts'
import { FileNames } from '../transfer/export/file-name.ts'
import type { Access } from './access.ts'
import { exportPage } from './pages/export-page.ts'
import type { Sources } from './sources.ts'

interface ActionOptions {
  readonly access: Access
  readonly cookie: string
  readonly sources: Sources
}

/** A form's fields, of a form that this browser was given for this address. @throws OcvaultError `refused` for any other */
async function fieldsOf(context: Context, { access, cookie }: ActionOptions): Promise<URLSearchParams> {
  const fields = new URLSearchParams(await context.req.text())
  const key = getCookie(context, cookie) ?? ''
  if (!access.gave(fields.get('token') ?? '', key, context.req.path)) {
    throw new OcvaultError('refused', 'that form was not given out here; open the page again')
  }
  return fields
}

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
    return download(await sources.library.open(), request)
  })
  return routes
}

/** A document as a download, read from a catalog of its own, as fast as the browser takes it. */
async function download(catalog: Catalog, request: Request<'export'>): Promise<Response> {
  try {
    const session = await sessionNamed(catalog, request.sessions?.[0] ?? '')
    const pieces = (await exportDocument(catalog, request, { onProblem: () => {} }))?.[Symbol.iterator]()
    const name = new FileNames(extensionOf(request.format)).nameFor(session)
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const next = pieces?.next()
        if (next && !next.done) return controller.enqueue(encoder.encode(next.value))
        controller.close()
        catalog.close()
      },
      cancel: () => catalog.close(),
    })
    return new Response(body, {
      headers: {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': `attachment; filename="${name.replace(/[^\w.-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`,
      },
    })
  } catch (error) {
    catalog.close()
    throw error
  }
}
