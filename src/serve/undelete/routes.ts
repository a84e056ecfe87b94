import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { type ActionOptions, fieldsOf } from '../forms.ts'
import { patience, shellPage } from '../pages/shell.ts'
import { broughtBackView, deletedView, undeletePath, undeletePlanView } from '../pages/undelete-pages.ts'

const page = (main: string) => shellPage({ title: 'Deleted sessions · ocvault', side: '', main, reading: true })

const waiting = (path: string) => page(patience(path, 'Looking through what is left of deleted sessions…'))

/** Pages that say what was deleted and what bringing it back would do, and do it when the form comes back. */
export function undeleteRoutes(options: ActionOptions): Hono {
  const { access, cookie, sources } = options
  const routes = new Hono()
  routes.get('/undelete', (context) => context.html(waiting('/undelete')))
  routes.get('/undelete/view', async (context) => {
    return context.html(deletedView(await sources.undeletion.list(context.req.raw.signal)))
  })
  routes.get('/undelete/:id', (context) => context.html(waiting(undeletePath(context.req.param('id')))))
  routes.get('/undelete/:id/view', async (context) => {
    const plan = await sources.undeletion.plan(context.req.param('id'), context.req.raw.signal)
    const token = access.formToken(getCookie(context, cookie) ?? '', context.req.path.replace(/\/view$/, ''))
    return context.html(undeletePlanView(plan, token))
  })
  routes.post('/undelete/:id', async (context) => {
    const fields = await fieldsOf(context, options)
    const id = context.req.param('id')
    const report = await sources.undeletion.bringBack(id, fields.get('plan') ?? '')
    return context.html(page(broughtBackView(report, id)))
  })
  return routes
}
