import type { ExportedV2 } from '../../convert/exported.ts'
import { printedDocument } from './printed-json.ts'

/** What `opencode session export` of 2.x prints. */
export const printV2 = ({ info, messages }: ExportedV2, onCut: () => void): Iterable<string> =>
  printedDocument(info, messages, onCut)
