import type { Cell, Figures } from './figures.ts'
import type { CountedSession } from './sessions.ts'
import type { Source } from './source.ts'

/** A session with messages that are older than itself. */
export type WithHistory = readonly [session: CountedSession, figures: Figures]

const isFork = ({ title }: CountedSession) => /\(fork #\d+\)$/.test(title ?? '')

/**
 * Of what forks have in common with others, each message belongs to one session: to the one in which it was written, else to the
 * oldest fork. So it counts once, and in the same place whichever sessions are chosen.
 * @returns for each session the cells of its history that are its own
 */
export function ownHistory(
  forks: readonly WithHistory[],
  all: readonly CountedSession[],
  source: Source,
): Map<CountedSession, Cell[]> {
  const wanted = new Set(forks.flatMap(([, { history }]) => history.map(({ print }) => print)))
  const times = forks.flatMap(([, { history }]) => history.map(({ time }) => time))
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const known = new Set(forks.map(([session]) => session))
  const others = all.filter((session) => {
    const { created, updated } = session.time
    return !known.has(session) && ((created <= last && updated >= first) || isFork(session))
  })
  const written = new Set<number>()
  const owners = new Map<number, CountedSession>()
  const look = (session: CountedSession, { prints, history }: Figures) => {
    for (const print of prints) if (wanted.has(print)) written.add(print)
    for (const { print } of history) {
      const owner = owners.get(print)
      if (wanted.has(print) && (!owner || isOlder(session, owner))) owners.set(print, session)
    }
  }
  for (const [session, figures] of forks) look(session, figures)
  for (const [session, figures] of source(others)) look(session, figures)
  return new Map(
    forks.map(([session, { history }]) => {
      const taken = new Set<number>()
      const own = history.filter(({ print }) => {
        if (taken.has(print) || written.has(print) || owners.get(print) !== session) return false
        taken.add(print)
        return true
      })
      return [session, own.map(({ cell }) => cell)]
    }),
  )
}

const isOlder = (a: CountedSession, b: CountedSession) =>
  a.time.created < b.time.created || (a.time.created === b.time.created && a.id < b.id)
