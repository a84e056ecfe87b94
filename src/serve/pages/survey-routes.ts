import { Hono } from 'hono'
import { whereStands } from '../../api/where.ts'
import { Parameters } from '../parameters.ts'
import { facetsOf } from '../roster.ts'
import type { Sources } from '../sources.ts'
import { healthView } from './health-view.ts'
import { patience, shellPage } from './shell.ts'
import { statsView } from './stats-view.ts'

const choices = ['project', 'agent', 'model', 'since'] as const

/** Pages about everything at once: what was used, and how the stores are. */
export function surveyRoutes({ library, rosters, surveying, isMachine }: Sources, isReadOnly: boolean): Hono {
  const routes = new Hono()
  routes.get('/stats', (context) =>
    context.html(shellPage({ title: 'Stats · ocvault', side: '', main: patience('/stats', 'Adding up…'), reading: true })),
  )
  routes.get('/stats/view', async (context) => {
    const parameters = new Parameters(context.req.url, choices)
    const [project, agent, model, since] = choices.map((name) => parameters.text(name))
    const choice = { project, agent, model, since }
    const facets = facetsOf((await rosters.current()).select({ subagents: true }))
    return context.html(statsView(await surveying.ask('stats', { ...choice, limit: 12 }, context.req.raw.signal), choice, facets))
  })
  routes.get('/health', (context) =>
    context.html(shellPage({ title: 'Health · ocvault', side: '', main: patience('/health', 'Looking…'), reading: true })),
  )
  routes.get('/health/view', async (context) => {
    const isExamined = new Parameters(context.req.url, ['examine']).yes('examine') ?? false
    const report = isExamined ? await surveying.ask('doctor', { isMachine }, context.req.raw.signal) : null
    return context.html(healthView(await whereStands(library.now(), {}), report, isReadOnly))
  })
  return routes
}
