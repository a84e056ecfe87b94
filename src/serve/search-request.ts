import type { Request } from '../api/requests.ts'
import type { Parameters } from './parameters.ts'

/** What a search may be asked by address, in the words of its request. */
export const searchNames = [
  'query',
  'session',
  'project',
  'since',
  'until',
  'archived',
  'role',
  'kind',
  'tool',
  'agent',
  'model',
  'sort',
  'tier',
  'limit',
] as const

/** @throws OcvaultError `usage` */
export function searchRequest(parameters: Parameters, mostResults: number): Request<'search'> {
  const texts = (['session', 'project'] as const).map((name) => [name, parameters.text(name)])
  const lists = (['role', 'kind', 'tool', 'agent', 'model'] as const).map((name) => [name, parameters.texts(name)])
  return {
    query: parameters.text('query') ?? '',
    ...Object.fromEntries([...texts, ...lists].filter(([, value]) => value !== undefined)),
    since: parameters.time('since'),
    until: parameters.time('until'),
    archived: parameters.choice('archived', ['only', 'no']),
    sort: parameters.choice('sort', ['relevance', 'newest', 'oldest']),
    tier: parameters.choice('tier', ['exact', 'close', 'relevance']),
    limit: parameters.count('limit', 20, mostResults) || mostResults,
  }
}
