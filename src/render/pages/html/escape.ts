import { safeText } from '../../safe-text.ts'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text from a store, fit to stand between tags and in a quoted attribute: the one way in which it gets there. */
export function escapeHTML(text: string): string {
  return safeText(text)
    .toWellFormed()
    .replace(/[&<>"']/g, (mark) => entities[mark]!)
}

/** An id as an anchor: without what would end it or need a second kind of escape in a link to it. */
export function anchor(id: string): string {
  return id.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 100)
}
