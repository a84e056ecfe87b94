import { exportDocument } from '../api/export.ts'
import type { Request } from '../api/requests.ts'
import { sessionNamed } from '../api/sessions.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { extensionOf } from '../transfer/export/export.ts'
import { FileNames } from '../transfer/export/file-name.ts'

/**
 * A session as a document, read as fast as whoever asked takes it, from a catalog of its own, which is closed in the end.
 * @param use to be kept as a file, or to be read as text
 */
export async function documentOf(catalog: Catalog, request: Request<'export'>, use: 'download' | 'text'): Promise<Response> {
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
    return new Response(body, { headers: use === 'text' ? { 'Content-Type': 'text/plain; charset=utf-8' } : asFile(name) })
  } catch (error) {
    catalog.close()
    throw error
  }
}

/** Names of a file: for browsers that know nothing but ASCII, and for all others. */
const asFile = (name: string) => ({
  'Content-Type': 'application/octet-stream',
  'Content-Disposition': `attachment; filename="${name.replace(/[^\w.-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`,
})
