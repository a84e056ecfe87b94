import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Hono } from 'hono'
import { readingStyles } from '../render/pages/html/stylesheet.ts'

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The files of the built page. Nothing else is ever read because of an address. */
const built = ['app.js', 'app.css', 'door.js', 'icon.svg']

/**
 * `/assets`: script and style. They hold nothing of anybody's, so whoever asks may have them.
 * @param folder where the page was built to
 */
export function assetRoutes(folder: string): Hono {
  const assets = new Map<string, { readonly body: string; readonly tag: string }>()
  const add = (name: string, body: string) => {
    assets.set(name, { body, tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"` })
  }
  add('page.css', readingStyles)
  for (const name of built) add(name, readFileSync(join(folder, name), 'utf8'))
  const routes = new Hono()
  routes.get('/:name', (context) => {
    const name = context.req.param('name')
    const asset = assets.get(name)
    if (!asset) return context.text('there is no such file\n', 404)
    const headers = { 'Content-Type': types[extname(name)]!, 'Cache-Control': 'no-cache', ETag: asset.tag }
    const isKnown = context.req.header('If-None-Match') === asset.tag
    return new Response(isKnown ? null : asset.body, { status: isKnown ? 304 : 200, headers })
  })
  return routes
}
