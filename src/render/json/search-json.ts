import type { SearchHit, SearchResult } from '../../search/hits.ts'
import { sessionJSON } from './session-json.ts'

/** The public `--json` shape of a result: golden tests hold it. */
export function resultJSON({ session, hits, total, score, tier, near }: SearchResult, explain: boolean) {
  return {
    session: sessionJSON(session),
    hits: hits.map(hitJSON),
    total,
    tier,
    near,
    ...(explain && { score }),
  }
}

function hitJSON(hit: SearchHit) {
  const { sessionID, messageID, partID, role, kind, type, field, tool, time, snippet, marks, terms, score, context, range } = hit
  return { sessionID, messageID, partID, role, kind, type, field, tool, time, snippet, marks, terms, score, context, range }
}
