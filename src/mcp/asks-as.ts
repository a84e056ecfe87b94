/**
 * What a client may say of itself in `_meta` of a call: the session that asks, which then does not find itself, and the directory
 * that it works in. OpenCode's plugin knows both; other clients say nothing.
 */
export const asksAs = { session: 'ocvault/session', directory: 'ocvault/directory' } as const
