import type { SimilarSession } from '../../search/similar/similar.ts'
import { wrap } from '../layout.ts'
import { safeLine } from '../safe-text.ts'
import { grouped } from '../words.ts'
import { type ListLayout, sessionLine } from './session-list.ts'

/** So many words and files are shown: those that tell the most. */
const shown = { words: 12, files: 5 }

/** A session that is about the same, and what both have in common. */
export function renderSimilar({ session, words, files }: SimilarSession, layout: ListLayout): string {
  const { style, width } = layout
  const line = (what: string, names: readonly string[], most: number): string[] => {
    if (names.length === 0) return []
    const more = names.length > most ? ` and ${grouped(names.length - most)} more` : ''
    const text = `${what}: ${names.slice(0, most).map(safeLine).join(', ')}${more}`
    return wrap(text, width, '  ').split('\n').map(style.dim)
  }
  return `${[sessionLine(session, 0, layout), ...line('words', words, shown.words), ...line('files', files, shown.files)].join(
    '\n',
  )}\n`
}
