import { Hono } from 'hono'
import type { Access } from './access.ts'
import { actionRoutes } from './actions.ts'
import { failureOf } from './answers.ts'
import { apiRoutes } from './api-routes.ts'
import { assetRoutes } from './assets.ts'
import { closed, doorRoutes } from './door.ts'
import { guarded } from './guard.ts'
import { pageRoutes } from './pages/page-routes.ts'
import { surveyRoutes } from './pages/survey-routes.ts'
import type { Sources } from './sources.ts'
import { undeleteRoutes } from './undelete/routes.ts'

export interface AppOptions {
  readonly access: Access
  readonly sources: Sources
  /** Where the built page is. */
  readonly assets: string
  /** Under which the pages are seen. */
  readonly origins: ReadonlySet<string>
  readonly cookie: string
  readonly isSecure: boolean
  /** Without actions. */
  readonly isReadOnly: boolean
  /** Told when a browser has come in. */
  readonly entered: () => void
  /** Told of what should not have happened. */
  readonly onBug: (error: unknown) => void
}

/** Paths that take a form. */
const posts = { always: /^\/(?:enter|leave)$/, acting: /^\/(?:enter|leave|s\/[^/]+\/export|undelete\/[^/]+)$/ }

/** Every address of the server, and what stands before it: names, origins, methods, and the door. */
export function createApp({ access, sources, assets, origins, cookie, isSecure, isReadOnly, entered, onBug }: AppOptions): Hono {
  const app = new Hono()
  const door = { access, cookie, isSecure }
  app.use(guarded(origins, isReadOnly ? posts.always : posts.acting))
  app.onError((error, context) => {
    const { status, message } = failureOf(error)
    if (status === 500) onBug(error)
    return context.text(`${message}\n`, status)
  })
  app.route('/assets', assetRoutes(assets))
  app.route('/', doorRoutes(door, entered))
  app.use(closed(door))
  app.route('/api', apiRoutes(sources, onBug))
  app.route('/', pageRoutes(sources, isReadOnly))
  app.route('/', surveyRoutes(sources, isReadOnly))
  if (!isReadOnly) {
    app.route('/', actionRoutes({ access, cookie, sources }))
    app.route('/', undeleteRoutes({ access, cookie, sources }))
  }
  app.notFound((context) => context.text('there is nothing at this address\n', 404))
  return app
}
