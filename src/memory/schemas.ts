import * as v from 'valibot'

/** What several questions ask in the same words, which a model reads as they stand here. */
export const asked = {
  project: v.optional(
    v.pipe(v.string(), v.description('A directory: only sessions of its project. Default: all, those of this directory first')),
  ),
  since: v.optional(v.pipe(v.string(), v.description('Updated at or after: 2026-08-01, today, yesterday, 7d, 36h'))),
  until: v.optional(v.pipe(v.string(), v.description('Updated before'))),
  cursor: v.optional(v.pipe(v.string(), v.description('"next" of the answer before, with all else the same'))),
  includeActive: v.optional(
    v.pipe(v.boolean(), v.description('Also sessions of the last ten minutes, one of which is likely this one')),
  ),
  limit: (fallback: number, most: number) =>
    v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most), v.description(`At most so many; default ${fallback}`)),
      fallback,
    ),
}
