import type { Watch } from '../api/search.ts'
import { reasonOf } from '../base/errors.ts'
import { safeLine } from '../render/safe-text.ts'
import type { ProgressLine } from './progress.ts'

/** What is said on stderr while stores are searched. */
export const searchWatch = (progress: ProgressLine, { quiet }: { readonly quiet?: boolean | undefined }): Watch => ({
  progress: (activity, at) => progress.update(activity === 'indexing' ? 'making the index:' : 'reading', at),
  unindexed: (path, error) => {
    if (quiet) return
    const why = safeLine(reasonOf(error))
    process.stderr.write(`ocvault: no index of ${safeLine(path)} can be kept (${why}); reading everything instead\n`)
  },
})
