import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { type ErrorCode, OcvaultError } from '../base/errors.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import type { Library } from './library.ts'

const statuses: Record<ErrorCode, 400 | 404 | 409 | 500> = { usage: 400, 'not-found': 404, refused: 409, failed: 500 }

/** What went wrong, as a status and a sentence. A bug tells no more than that it is one: where, stderr says. */
export function failureOf(error: unknown): { status: 400 | 404 | 409 | 500; message: string; code: ErrorCode } {
  if (error instanceof OcvaultError) return { status: statuses[error.code], message: safeLine(error.message), code: error.code }
  return { status: 500, message: 'something went wrong here that should not have', code: 'failed' }
}

/** JSON of what is there now, with a tag; nothing where whoever asks has it already. */
export async function tagged(context: Context, library: Library, make: () => unknown): Promise<Response> {
  const tag = `"${createHash('sha1').update(library.tag()).digest('base64url')}"`
  const headers = { 'Content-Type': 'application/json; charset=utf-8', ETag: tag }
  if (
    context.req
      .header('If-None-Match')
      ?.split(/\s*,\s*/)
      .includes(tag)
  )
    return new Response(null, { status: 304, headers })
  return new Response(safeJSON(await make()), { headers })
}
