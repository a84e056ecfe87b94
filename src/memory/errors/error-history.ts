import { fitted, notice } from '../answer.ts'
import type { Recall } from '../memory.ts'
import type { Answer, Asked } from '../questions.ts'
import { occurrencesOf } from './occurrences.ts'
import { signatureOf } from './signature.ts'
import { hitsOf, shortened, type Told } from './told.ts'

/** Bytes of an answer. */
const budget = 4096

/** Where such an error stood before, and what made it go away: the most alike first, one for each session. */
export async function errorHistory(
  recall: Recall,
  { text, project, limit, includeActive }: Asked<'error_history'>,
): Promise<Answer<'error_history'>> {
  const ranked = await occurrencesOf(recall, signatureOf(text), { project, limit, includeActive })
  const hits = await hitsOf(recall, ranked)
  return fitted(
    hits.length,
    [400, 240, 140, 80].map((chars) => (index) => shortened(hits[index]!, chars)),
    (shown: readonly Told[]) => ({ notice, total: ranked.length, hits: [...shown] }),
    budget,
  )
}
