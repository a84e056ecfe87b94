import { similarSessions } from '../api/similar.ts'
import { titled } from '../conversation/opening.ts'
import { sessionJSON } from '../render/json/session-json.ts'
import { safeJSON } from '../render/safe-text.ts'
import { renderSimilar } from '../render/terminal/similar.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { searchWatch } from './search-watch.ts'
import { directoryFor, withCatalog } from './selection.ts'
import { hint, Output, readingWidth, styleFor } from './terminal.ts'
import type { SimilarFlags } from './verbs/similar.ts'

/** `ocvault similar`. */
export async function similarCommand(name: string, flags: SimilarFlags): Promise<void> {
  const { limit, index } = flags
  const request = { session: name, project: directoryFor([name], flags), limit, index }
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const progress = new ProgressLine(flags)
  try {
    await withCatalog(flags, async (catalog) => {
      const watch = { ...searchWatch(progress, flags), signal: stop.signal }
      const { similar } = await similarSessions(catalog, request, watch)
      progress.clear()
      const out = new Output()
      if (flags.json) {
        const sessions = catalog.withUsage(similar.map(({ session }) => session)).map(sessionJSON)
        const shown = similar.map(({ words, files, score }, at) => ({ session: sessions[at], words, files, score }))
        await out.write(`${safeJSON(shown, 2)}\n`)
      } else {
        const layout = { style: styleFor(process.stdout, flags), width: readingWidth(process.stdout), directories: true }
        const shown = similar.map((one) => renderSimilar({ ...one, session: titled(catalog, one.session) }, layout))
        await out.write(shown.join('\n'))
      }
      await out.flush()
      if (similar.length > 0 && similar.length === limit) hint(`${limit} shown: --limit 0 shows all`, flags)
      if (similar.length > 0) return
      if (!flags.quiet) process.stderr.write('ocvault: no other session is about the same\n')
      process.exitCode = exitCode.notFound
    })
  } catch (error) {
    if (!stop.signal.aborted) throw error
    process.exitCode = exitCode.interrupted
  } finally {
    progress.clear()
  }
}
