/** How the formats that every browser shows begin, by what they call themselves. SVG is markup, and never shown. */
const signatures: readonly (readonly [mime: string, begins: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
]

/** The source of a picture that may stand in the page, or null. What the data is decides, not what it is said to be. */
export function pictureSource(url: string | null): string | null {
  const head = url === null ? null : /^data:[^,]{0,100};base64,/i.exec(url)
  if (url === null || head === null) return null
  const data = url.slice(head[0].length).replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return null
  const begin = Buffer.from(data.slice(0, 32), 'base64').toString('latin1')
  const mime = signatures.find(([, begins]) => begins.test(begin))?.[0]
  return mime === undefined ? null : `data:${mime};base64,${data}`
}
