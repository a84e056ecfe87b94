/**
 * The usage of one session, by its id, as columns of its row: the sums over its answers. Databases of before 1.15 and JSON trees
 * have it nowhere else; this is what OpenCode's migration `session_usage` fills in.
 * @param table of messages as 1.2 and later have them
 */
export function usageOfAnswers(table: string): string {
  const sum = (path: string) => `coalesce(sum(coalesce(json_extract(data, '$.${path}'), 0)), 0)`
  return `SELECT ${sum('cost')} AS cost, ${sum('tokens.input')} AS tokens_input, ${sum('tokens.output')} AS tokens_output,
    ${sum('tokens.reasoning')} AS tokens_reasoning, ${sum('tokens.cache.read')} AS tokens_cache_read,
    ${sum('tokens.cache.write')} AS tokens_cache_write
    FROM ${table} WHERE session_id = ? AND iif(json_valid(data), json_extract(data, '$.role'), NULL) = 'assistant'`
}
