import type { ExportedV1 } from '../../convert/exported.ts'
import { type PrintOptions, printedDocument } from './printed-json.ts'

/** What `opencode export` of 1.18.33 prints, character by character: two spaces, and a line feed at the end. */
export const printV1 = ({ info, messages }: ExportedV1, options: PrintOptions): Iterable<string> =>
  printedDocument(info, messages, options)
