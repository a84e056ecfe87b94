import type { SessionID } from '../opencode/ids.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'

/** A text that changes whenever something is said or done in a session. */
export function sessionMark(catalog: Catalog, id: SessionID): string {
  const marks = catalog.stores.map(({ store }) => store.marks(false, [id]).get(id) ?? '')
  return marks.join(' ')
}
