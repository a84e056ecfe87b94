import type { Cure } from '../../mend/doctor/finding.ts'
import { quotedWord } from '../../render/shell-word.ts'

/** The command that cures, as a shell takes it. */
export function cureWords(cure: Cure): string {
  if (cure.do === 'relink') return `ocvault relink ${quotedWord(cure.from)} ${cure.to === null ? 'NEW' : quotedWord(cure.to)}`
  if (cure.do === 'compact') return `ocvault compact --root ${quotedWord(cure.database)}`
  if (cure.do === 'forget') return `ocvault compact --forget --root ${quotedWord(cure.database)}`
  if (cure.do === 'clean') return `ocvault snapshots --clean --root ${quotedWord(cure.data)}`
  if (cure.do === 'rescue') return `ocvault rescue${cure.root === null ? '' : ` --root ${quotedWord(cure.root)}`}`
  if (cure.do === 'collect') return `ocvault snapshots --gc --root ${quotedWord(cure.data)}`
  if (cure.do === 'deleted') return `ocvault undelete --root ${quotedWord(cure.path)}`
  return `ocvault where --check --root ${quotedWord(cure.path)}`
}
