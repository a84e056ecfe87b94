/**
 * The same text for itself alone. A piece of a text is a view of it, which keeps all of it in memory: what outlives the text that
 * it was cut from is detached before.
 */
export const detached = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le')
