import { indexFolder } from '../search/index/cache-dir.ts'
import { type SimilarSession, similarTo } from '../search/similar/similar.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { Request } from './requests.ts'
import type { Watch } from './search.ts'
import { rootOf, sessionNamed } from './sessions.ts'

/** A session, and those that are about the same. */
export interface Similar {
  /** The one that was named, or the one that started it. */
  readonly session: Session
  /** The nearest first; none of its own subagents. */
  readonly similar: readonly SimilarSession[]
}

/**
 * Sessions of all projects that are about the same as one: by words that are rare elsewhere, and by files that both touched. What
 * subagents did counts as their root session's.
 * @throws OcvaultError what {@link sessionNamed} throws
 */
export async function similarSessions(catalog: Catalog, request: Request<'similar'>, watch: Watch = {}): Promise<Similar> {
  const { limit = 0, index = true } = request
  const session = rootOf(catalog, await sessionNamed(catalog, request.session, request.project))
  const similar = await similarTo(catalog, session, {
    ...watch,
    ...(limit > 0 && { limit }),
    ...(index && { indexes: indexFolder(thisMachine()) }),
  })
  return { session, similar }
}
