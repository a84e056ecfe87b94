/** By what rows are told apart. */
export const keys = [
  ...(['day', 'week', 'month', 'year', 'hour', 'weekday'] as const),
  ...(['model', 'provider', 'agent', 'project', 'session', 'tool', 'version'] as const),
] as const

export type Key = (typeof keys)[number]
