import type { WhereReport } from '../facts/where-report.ts'
import { sessionJSON } from './session-json.ts'

/** The public `--json` shape. */
export function whereJSON({ session, stores, stranded, problems, depths }: WhereReport) {
  return {
    ...(session !== null && { session: sessionJSON(session) }),
    stores: stores.map(({ kind, path, sessions, bytes, newest, copies }) => ({
      kind,
      path,
      sessions,
      bytes,
      newest,
      ...(copies !== undefined && { copies }),
    })),
    stranded: stranded.map(({ session, reason }) => ({ ...sessionJSON(session), reason })),
    problems: problems.map(({ path, reason }) => ({ path, reason })),
    ...(depths && { deep: depths }),
  }
}
