import type { ExportedV2 } from '../../convert/exported.ts'
import { type PrintOptions, printedDocument } from './printed-json.ts'

/** What `opencode session export` of 2.x prints. */
export const printV2 = ({ info, messages }: ExportedV2, options: PrintOptions): Iterable<string> =>
  printedDocument(info, messages, options)
