/** A data URL that holds text. */
export interface DataURL {
  /** All before the data, with the comma. */
  readonly head: string
  readonly base64: boolean
  readonly encoding: 'utf8' | 'latin1'
  readonly text: string
}

const textual = /^data:(?:text\/|[^,;]*(?:json|xml|yaml|toml|javascript|typescript|x-sh|x-www-form-urlencoded|sql|csv)|;|,)/i

/**
 * Reads a data URL: its text where it says or shows that it is text, `bytes` for pictures and the like, null when it is no data
 * URL.
 */
export function readDataURL(value: string): DataURL | 'bytes' | null {
  const comma = value.slice(0, 500).indexOf(',')
  if (comma < 0) return null
  const head = value.slice(0, comma + 1)
  if (!/^data:[\w.+/-]*(?:;[\w.+-]+(?:=[^;,]*)?)*,$/.test(head)) return null
  const base64 = /;base64,$/i.test(head)
  if (!base64) {
    const text = percentDecoded(value.slice(comma + 1))
    return text === null ? null : { head, base64, encoding: 'utf8', text }
  }
  if (!textual.test(head) && !/^data:application\/octet-stream/i.test(head)) return 'bytes'
  const bytes = Buffer.from(value.slice(comma + 1), 'base64')
  try {
    return { head, base64, encoding: 'utf8', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    // Latin-1 keeps every byte as it is, whatever it means: what is a secret is ASCII.
    return textual.test(head) ? { head, base64, encoding: 'latin1', text: bytes.toString('latin1') } : 'bytes'
  }
}

/** The data URL with another text, encoded as it was. */
export function writeDataURL({ head, base64, encoding }: DataURL, text: string): string {
  return `${head}${base64 ? Buffer.from(text, encoding).toString('base64') : encodeURIComponent(text)}`
}

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
