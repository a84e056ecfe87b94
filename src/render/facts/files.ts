import type { FilePart } from '../../conversation/message.ts'
import { safeLine } from '../safe-text.ts'
import { fileSize } from '../words.ts'

/** `diagram.png (image/png, 12.3 kB)`: a file's name, kind, and its size where its data is stored with it, else where it was. */
export function fileWords({ filename, mime, url }: FilePart): { name: string; facts: string } {
  const inline = url !== null && /^data:/i.test(url)
  const bytes = inline ? dataBytes(url) : null
  const name = safeLine(filename ?? (inline ? '' : (url ?? ''))) || 'file'
  const source = bytes === null ? safeLine(url ?? '') : fileSize(bytes)
  return { name, facts: [safeLine(mime ?? ''), source === name ? '' : source].filter(Boolean).join(', ') }
}

/** About how many bytes a `data:` URL holds. */
function dataBytes(url: string): number {
  const comma = url.indexOf(',')
  const data = comma === -1 ? 0 : url.length - comma - 1
  if (!/;base64$/i.test(url.slice(0, comma))) return data
  const padding = url.endsWith('==') ? 2 : url.endsWith('=') ? 1 : 0
  return Math.max(0, Math.floor((data * 3) / 4) - padding)
}
