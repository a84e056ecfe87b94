import { runs, type Verb } from './verb.ts'
import { backup } from './verbs/backup.ts'
import { compact } from './verbs/compact.ts'
import { completion } from './verbs/completion.ts'
import { config } from './verbs/config.ts'
import { doctor } from './verbs/doctor.ts'
import { exportVerb } from './verbs/export.ts'
import { importVerb } from './verbs/import.ts'
import { index } from './verbs/index.ts'
import { init } from './verbs/init.ts'
import { list } from './verbs/list.ts'
import { load } from './verbs/load.ts'
import { mcp } from './verbs/mcp.ts'
import { move } from './verbs/move.ts'
import { relink } from './verbs/relink.ts'
import { rescue } from './verbs/rescue.ts'
import { restore } from './verbs/restore.ts'
import { save } from './verbs/save.ts'
import { scan } from './verbs/scan.ts'
import { schedule } from './verbs/schedule.ts'
import { search } from './verbs/search.ts'
import { serve } from './verbs/serve.ts'
import { share } from './verbs/share.ts'
import { show } from './verbs/show.ts'
import { similar } from './verbs/similar.ts'
import { snapshots } from './verbs/snapshots.ts'
import { stats } from './verbs/stats.ts'
import { storage } from './verbs/storage.ts'
import { unarchive } from './verbs/unarchive.ts'
import { undelete } from './verbs/undelete.ts'
import { undo } from './verbs/undo.ts'
import { verify } from './verbs/verify.ts'
import { where } from './verbs/where.ts'

/** Every command, in the order of the help. The code of one is loaded when it runs. */
export const verbs: readonly Verb[] = [
  runs(list, async (flags, words) => (await import('./list.ts')).list(words, flags)),
  runs(show, async (flags, session) => (await import('./show.ts')).show(session, flags)),
  runs(exportVerb, async (flags, sessions) => (await import('./export.ts')).exportCommand(sessions, flags)),
  runs(search, async (flags, words) => (await import('./search.ts')).search(words, flags)),
  runs(similar, async (flags, session) => (await import('./similar.ts')).similarCommand(session, flags)),
  runs(index, async (flags) => (await import('./search-index.ts')).index(flags)),
  runs(stats, async (flags, words) => (await import('./stats.ts')).stats(words, flags)),
  runs(importVerb, async (flags, paths) => (await import('./import.ts')).importCommand(paths, flags)),
  runs(scan, async (flags, names) => (await import('./scan.ts')).scan(names, flags)),
  runs(backup, async (flags, words) => (await import('./backup.ts')).backup(words, flags)),
  runs(verify, async (flags, archive) => (await import('./verify.ts')).verify(archive, flags)),
  runs(restore, async (flags, archive, sessions) => (await import('./restore.ts')).restore(archive, sessions, flags)),
  runs(undelete, async (flags, session) => (await import('./undelete.ts')).undeleteCommand(session, flags)),
  runs(rescue, async (flags, sessions) => (await import('./rescue.ts')).rescueCommand(sessions, flags)),
  runs(unarchive, async (flags, session) => (await import('./unarchive.ts')).unarchiveCommand(session, flags)),
  runs(undo, async (flags, change) => (await import('./undo.ts')).undoCommand(change, flags)),
  runs(save, async (flags, session) => (await import('./save.ts')).save(session, flags)),
  runs(load, async (flags, session) => (await import('./load.ts')).load(session, flags)),
  runs(share, async (flags, what, session) => (await import('./share.ts')).share(what, session, flags)),
  runs(init, async (flags) => (await import('./init.ts')).initCommand(flags)),
  runs(mcp, async (flags) => (await import('./mcp.ts')).mcpCommand(flags)),
  runs(where, async (flags, session) => (await import('./where.ts')).where(session, flags)),
  runs(doctor, async (flags) => (await import('./doctor.ts')).doctorCommand(flags)),
  runs(serve, async (flags) => (await import('./serve.ts')).serve(flags)),
  runs(relink, async (flags, from, to) => (await import('./relink.ts')).relinkCommand(from, to, flags)),
  runs(move, async (flags, sessions) => (await import('./move.ts')).moveCommand(sessions, flags)),
  runs(compact, async (flags) => (await import('./compact.ts')).compactCommand(flags)),
  runs(snapshots, async (flags) => (await import('./snapshots.ts')).snapshotsCommand(flags)),
  runs(schedule, async (flags) => (await import('./schedule.ts')).schedule(flags)),
  runs(storage, async (flags, action, keys) => (await import('./storage.ts')).storageCommand(action, keys, flags)),
  runs(config, async (flags, action, key, values) => (await import('./config.ts')).configCommand(action, key, values, flags)),
  runs(completion, async (_flags, shell) => (await import('./completion-command.ts')).completionCommand(shell, verbs)),
]
