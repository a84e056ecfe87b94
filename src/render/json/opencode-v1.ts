import type { ExportedV1 } from '../../convert/exported.ts'
import { printedDocument } from './printed-json.ts'

/** What `opencode export` of 1.18.33 prints, character by character: two spaces, and a line feed at the end. */
export const printV1 = ({ info, messages }: ExportedV1, onCut: () => void): Iterable<string> =>
  printedDocument(info, messages, onCut)
