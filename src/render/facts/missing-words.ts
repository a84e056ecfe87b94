import type { Missing } from '../../stores/lost/wholeness.ts'
import { count, shortPath } from '../words.ts'

/** Where a deleted session was found, in words. @param from `archive` and `copy` have a place of their own */
export function deletedPlace(from: 'archive' | 'copy' | 'notes' | 'pages', path: string): string {
  if (from === 'pages') return 'the database’s own pages'
  return from === 'notes' ? 'what ocvault noted before it changed the database' : shortPath(path)
}

/** What a deleted session lacks, in words; nothing where it is whole. */
export function missingWords({ record, messages, damaged, end }: Missing): string {
  const words = [
    ...(record ? ['its record, title and directory are made up'] : []),
    ...(messages > 0 ? [count(messages, 'message')] : []),
    ...(damaged.length > 0 ? [`parts of ${count(damaged.length, 'message')}`] : []),
    ...(end && messages === 0 ? ['perhaps its end'] : []),
  ]
  return words.length === 0 ? '' : `missing: ${words.join('; ')}`
}
