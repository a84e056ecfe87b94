import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { OcvaultError } from '../base/errors.ts'
import type { Access } from './access.ts'
import type { Sources } from './sources.ts'

export interface ActionOptions {
  readonly access: Access
  readonly cookie: string
  readonly sources: Sources
}

/** A form's fields, of a form that this browser was given for this address. @throws OcvaultError `refused` for any other */
export async function fieldsOf(context: Context, { access, cookie }: ActionOptions): Promise<URLSearchParams> {
  const fields = new URLSearchParams(await context.req.text())
  const key = getCookie(context, cookie) ?? ''
  if (!access.gave(fields.get('token') ?? '', key, context.req.path)) {
    throw new OcvaultError('refused', 'that form was not given out here; open the page again')
  }
  return fields
}
