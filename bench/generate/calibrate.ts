import { rmSync } from 'node:fs'
import type { Writer } from './model.ts'
import { longest, Plan } from './plan.ts'
import { writeSessions } from './sessions.ts'

const sampleMessages = 5000
const scales = [0.5, 2] as const

/**
 * The scale of tool output at which a store of this plan reaches `bytes`. A small likeness of the plan, written for real at two
 * scales, gives what a message costs at scale 0 and how that grows; the size is linear in the scale.
 * @param open makes a writer that stores its sample in the given folder
 */
export function scaleFor(bytes: number, plan: Plan, open: (folder: string) => Writer, folder: string): number {
  const share = Math.min(1, sampleMessages / plan.totalMessages())
  const roots = Math.ceil(plan.roots * share)
  const sample = new Plan(plan.seed, roots, Math.ceil(longest * share))
  const [small, large] = scales.map((scale) => {
    const writer = open(folder)
    writeSessions(sample, roots, scale, writer)
    return writer.close() / sample.totalMessages()
  }) as [number, number]
  rmSync(folder, { recursive: true, force: true })
  const slope = (large - small) / (scales[1] - scales[0])
  const fixed = small - slope * scales[0]
  const scale = (bytes / plan.totalMessages() - fixed) / slope
  if (scale > 0) return scale
  const least = Math.ceil((fixed * plan.totalMessages()) / 1e6)
  throw new RangeError(`--bytes is too small for so many sessions: they need ${least} MB even with empty tool output`)
}
