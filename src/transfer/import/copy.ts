import { textOf } from '../../base/json.ts'
import type { ExportedV1, ExportedV2 } from '../../convert/exported.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import type { Exported, Outgoing } from '../write/writer.ts'
import { freshIDs, renamedV1, renamedV2 } from './fresh-ids.ts'

/** A tree once more, under fresh ids. Its root says in the title that it is a copy. */
export function copyOfTree(tree: readonly Outgoing<Exported>[], generation: Generation): Outgoing<Exported>[] {
  const ids = freshIDs(tree.map(({ exported }) => exported))
  return tree.map(({ exported, project, todos }, index) => {
    const title = textOf(exported.info.title)
    const info = index === 0 && title ? { ...exported.info, title: `${title} (copy)` } : exported.info
    const whole = { ...exported, info }
    const copy = generation === 'v1' ? renamedV1(whole as ExportedV1, ids) : renamedV2(whole as ExportedV2, ids)
    return { exported: copy, project, ...(todos && { todos }) }
  })
}
