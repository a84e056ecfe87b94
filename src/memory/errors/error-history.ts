import * as v from 'valibot'
import { fitted, notice } from '../answer.ts'
import type { Recall } from '../memory.ts'
import { asked } from '../schemas.ts'
import { occurrencesOf } from './occurrences.ts'
import { signatureOf } from './signature.ts'
import { hitsOf, shortened, type Told } from './told.ts'

/** Bytes of an answer. */
const budget = 4096

export const errorInput = v.object({
  text: v.pipe(v.string(), v.description('The error as it was printed: as much of it as there is')),
  project: asked.project,
  limit: asked.limit(3, 10),
  includeActive: asked.includeActive,
})

const fix = v.object({ message: v.string(), steps: v.array(v.string()), call: v.string(), said: v.string() })

const hit = v.object({
  session: v.string(),
  title: v.string(),
  when: v.string(),
  project: v.string(),
  message: v.string(),
  call: v.string(),
  error: v.string(),
  likeness: v.number(),
  fix: v.nullable(fix),
})

export const errorOutput = v.object({ notice: v.string(), total: v.number(), hits: v.array(hit) })

type Input = v.InferOutput<typeof errorInput>
export type ErrorAnswer = v.InferOutput<typeof errorOutput>

/** Where such an error stood before, and what made it go away: the most alike first, one for each session. */
export async function errorHistory(recall: Recall, { text, project, limit, includeActive }: Input): Promise<ErrorAnswer> {
  const ranked = await occurrencesOf(recall, signatureOf(text), { project, limit, includeActive })
  const hits = await hitsOf(recall, ranked)
  return fitted(
    hits.length,
    [400, 240, 140, 80].map((chars) => (index) => shortened(hits[index]!, chars)),
    (shown: readonly Told[]) => ({ notice, total: ranked.length, hits: [...shown] }),
    budget,
  )
}
