import { objectOf, textOf } from '../base/json.ts'
import type { ToolPart } from '../conversation/message.ts'

const editing = new Set(['edit', 'write', 'multiedit', 'patch', 'apply_patch'])

/** The files that a call changed or read, as the call names them. A command may touch any: that cannot be told. */
export function touchedBy({ tool, status, input }: ToolPart): {
  readonly edits: readonly string[]
  readonly reads: readonly string[]
} {
  if (status !== 'completed' || !(editing.has(tool) || tool === 'read')) return { edits: [], reads: [] }
  const given = objectOf(input)
  const path = textOf(given.filePath) ?? textOf(given.path) ?? textOf(given.file_path)
  if (tool === 'read') return { edits: [], reads: path === null ? [] : [path] }
  const patch = textOf(given.patchText) ?? textOf(given.patch) ?? ''
  const patched = Array.from(patch.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm), (match) => match[1]!.trim())
  return { edits: path === null ? patched : [path], reads: [] }
}
