import type { Missing } from '../../stores/lost/wholeness.ts'
import { count } from '../words.ts'

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
