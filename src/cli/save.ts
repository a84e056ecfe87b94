import { type Saved, saveFrom } from '../api/save.ts'
import type { Sharing } from '../api/sharing.ts'
import { OcvaultError } from '../base/errors.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { omit } from '../base/omit.ts'
import { acceptRules } from '../redact/rule-consent.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, fileSize } from '../render/words.ts'
import { LocalSessions } from '../share/local-sessions.ts'
import { noRedaction, openRules, redactionForSaving } from '../share/redaction.ts'
import { stemOf } from '../share/shelf.ts'
import { WorkTreeShelf } from '../share/work-tree.ts'
import { reviewed } from './redaction.ts'
import { directoryOf } from './selection.ts'
import { quoted, withSharing } from './sharing.ts'
import { hint, Output } from './terminal.ts'
import type { SaveFlags } from './verbs/save.ts'

/** `ocvault save`. */
export async function save(name: string | undefined, flags: SaveFlags): Promise<void> {
  if (!flags.redact && !flags.force) {
    throw new OcvaultError(
      'refused',
      'without redaction keys and passwords of the session go into the repository; --no-redact --force does it all the same',
    )
  }
  if (flags.ref && flags.commit)
    throw new OcvaultError('usage', '--commit is for files; ocvault share push shares what --ref saved')
  keepMemoryLow()
  const asks = process.stdin.isTTY && process.stdout.isTTY && !flags.json && !flags.dryRun && !flags.quiet
  const redactFor = (worktree: string) =>
    flags.redact
      ? redactionForSaving(worktree, { decide: asks ? reviewed(worktree) : undefined, personal: flags.pii })
      : noRedaction
  await withSharing(flags.root, redactFor, flags.ref ?? false, async (sharing) => {
    const { worktree, catalog } = sharing
    if (flags.redact) await askForRules(worktree, asks, flags)
    const { commit, dryRun } = flags
    // Where nothing is left unredacted that is all that --force can mean.
    const bringBack = flags.bringBack ?? (flags.redact && flags.force)
    const project = directoryOf({ root: flags.root, all: undefined, project: undefined })
    const request = { session: name, project, commit, dryRun, bringBack }
    const unattended = redactionForSaving(worktree, { personal: flags.pii })
    const compareWith = flags.redact ? new LocalSessions(catalog, worktree, unattended) : undefined
    await print(await saveFrom(sharing, request, compareWith), sharing, flags)
  })
}

/**
 * Asks once about rules that came with the repository and let secrets stay that nobody here has seen; `--trust` agrees to them.
 */
async function askForRules(worktree: string, asks: boolean, flags: SaveFlags): Promise<void> {
  const open = await openRules(worktree)
  if (open.length === 0) return
  const which = `.opencode/ocvault.json lets secrets stay that fit ${safeLine(open.map(({ match }) => match).join(', '))}`
  let isAgreed = flags.trust === true && !flags.dryRun
  if (asks && !isAgreed) {
    const { confirm } = await import('@clack/prompts')
    isAgreed = (await confirm({ message: `${which}. Shall they?`, initialValue: false })) === true
  }
  if (isAgreed) acceptRules(worktree, open)
  else if (!flags.trust)
    process.stderr.write(`ocvault: ${which}; nobody here has agreed to that, so they are redacted: --trust agrees\n`)
}

async function print(report: Saved, { shelf }: Sharing, flags: SaveFlags): Promise<void> {
  const out = new Output()
  const file = `${shelf.place}/${report.path}`
  if (flags.json) {
    const files = report.files.map((path) => `${shelf.place}/${path}`)
    const whole = {
      ...omit(report, ['path', 'commit']),
      file,
      files,
      other: report.other && `${shelf.place}/${report.other}`,
      dryRun: flags.dryRun ?? false,
      committed: report.commit?.isMade ?? false,
    }
    await out.write(`${safeJSON(whole, 2)}\n`)
    return out.flush()
  }
  for (const line of linesOf(report, file, { ...flags, sparse: shelf instanceof WorkTreeShelf && shelf.isSparse }))
    await out.write(`${line}\n`)
  await out.flush()
  if (report.other !== null) {
    process.stderr.write(
      `ocvault: ${safeLine(`${shelf.place}/${report.other}`)} is the same session, gone on with by someone else: ocvault load brings it here as a copy\n`,
    )
  }
  hint(`whoever pulls it goes on with: ocvault load${flags.ref ? ' --ref' : ''}`, flags)
}

function* linesOf(report: Saved, file: string, flags: SaveFlags & { readonly sparse: boolean }): Iterable<string> {
  const what = [
    count(report.messages, 'message'),
    ...(report.subagents > 0 ? [count(report.subagents, 'subagent')] : []),
    fileSize(report.bytes),
    flags.redact ? count(report.redactions, 'redaction') : 'not redacted',
    ...(report.allowed > 0 ? [`${report.allowed} allowed by .opencode/ocvault.json`] : []),
    ...(report.kept > 0 ? [`${report.kept} kept as reviewed`] : []),
  ].join(', ')
  const shown = safeLine(file)
  if (report.result === 'behind') {
    yield `${shown} has more of this session than there is here: ocvault load brings it`
    return
  }
  const verb =
    report.result === 'unchanged'
      ? 'is up to date'
      : flags.dryRun
        ? 'would be written'
        : report.isNew
          ? 'is written'
          : 'is updated'
  yield `${shown} ${verb}: ${what}`
  if (flags.dryRun) return
  if (flags.ref) {
    yield 'To share it:'
    yield '  ocvault share push'
  } else if (report.commit?.isMade) {
    yield `It is committed. No hook has run${report.commit.isUnsigned ? ', and it is not signed' : ''}. To share it:`
    yield '  git push'
  } else if (report.result === 'written') {
    const paths = [file, ...(report.subagents > 0 ? [stemOf(file)] : [])].map(quoted).join(' ')
    yield 'To share it:'
    yield `  git add ${flags.sparse ? '--sparse ' : ''}-- ${paths}`
    yield `  git commit -m ${quoted(`Session: ${report.title}`)} -- ${paths}`
    yield '  git push'
  }
}
