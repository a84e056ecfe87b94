import { titled } from '../conversation/opening.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'

/** The sessions of a piece of the list, those that are still there. One without a title has the words that it begins with. */
export function listed(catalog: Catalog, entries: readonly { readonly id: string }[]): Session[] {
  return entries.flatMap(({ id }) => {
    const session = catalog.session(id)
    return session ? [titled(catalog, session)] : []
  })
}
