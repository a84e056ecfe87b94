import { escapeHTML } from '../../render/pages/html/escape.ts'
import type { Links } from '../../render/pages/html/message.ts'

/** The address of a session, or of a message in it. */
export const sessionPath = (id: string, messageID?: string): string =>
  `/s/${encodeURIComponent(id.toWellFormed())}${messageID === undefined ? '' : `?at=${encodeURIComponent(messageID.toWellFormed())}`}`

/** Links between the pages of the server. */
export const links: Links = { session: (id) => escapeHTML(sessionPath(id)) }
