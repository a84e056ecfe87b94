import { Desk } from './desk.ts'
import { Library } from './library.ts'
import { Outlines } from './outlines.ts'
import { Rosters } from './rosters.ts'
import { Undeletion } from './undelete/undeletion.ts'

/** What answers are made of. */
export interface Sources {
  readonly library: Library
  readonly rosters: Rosters
  readonly outlines: Outlines
  /** Answers searches, of which the next letter brings another. */
  readonly searching: Desk
  /** Answers what reads everything: searches do not wait for it. */
  readonly surveying: Desk
  /** Finds what was deleted, and brings it back. */
  readonly undeletion: Undeletion
  /** Whether these are the machine's own stores. */
  readonly isMachine: boolean
  close(): Promise<void>
}

/** @throws OcvaultError when a root does not exist or holds no sessions */
export async function openSources(roots: readonly string[] = []): Promise<Sources> {
  const library = await Library.of(roots)
  const [searching, surveying] = [new Desk(roots), new Desk(roots)]
  const undeletion = new Undeletion(roots)
  return {
    library,
    rosters: new Rosters(library),
    outlines: new Outlines(library),
    searching,
    surveying,
    undeletion,
    isMachine: roots.length === 0,
    async close() {
      library.close()
      await Promise.all([searching.close(), surveying.close(), undeletion.close()])
    },
  }
}
