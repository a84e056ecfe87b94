/**
 * The library of ocvault: every OpenCode session on a machine, whatever release wrote it.
 *
 * @example
 * import { openCatalog, readConversation } from 'ocvault'
 *
 * const catalog = openCatalog()
 * for (const session of catalog.sessions({ roots: true })) {
 *   for (const message of readConversation(catalog, session.id)) console.log(message.role, message.parts.length)
 * }
 * catalog.close()
 */

export {
  type BackedUp,
  type BackupOptions,
  backUp,
  mirrorOptions,
  mirrorSessions,
  placeOf as backupPlace,
  scopeWords as backupScope,
} from './api/backup.ts'
export { type ExportedFiles, exportDocument, exportFiles } from './api/export.ts'
export { importFrom } from './api/import.ts'
export { dropIndexes, indexesOf, refreshIndexes } from './api/indexes.ts'
export { type Loaded, loadPlanned, planNamed } from './api/load.ts'
export { type Choice, parseRequest, type Request, type RequestName, type Selection } from './api/requests.ts'
export { drillFrom, restoreFrom } from './api/restore.ts'
export { type Saved, saveFrom } from './api/save.ts'
export { type SavedEntry, savedEntries, savedNamed, savedTrees } from './api/saved.ts'
export { type Scanned, scanFile, scanSessions } from './api/scan.ts'
export { type Search, searchSessions, type Watch } from './api/search.ts'
export { chosenSessions, type Listed, listSessions, rootOf, sessionNamed } from './api/sessions.ts'
export { pullSaved, pushSaved, takeOut } from './api/share.ts'
export { openSharing, type Sharing, type SharingPlace } from './api/sharing.ts'
export { type Shown, showSession } from './api/show.ts'
export { type Similar, similarSessions } from './api/similar.ts'
export { sessionStats, stats, statsOverview } from './api/stats.ts'
export { type StatusLine, statusLine } from './api/status-line.ts'
export { openStorage, type StorageOpening } from './api/storage.ts'
export { type Looking, openStores } from './api/stores.ts'
export { changes, type Undone, undo } from './api/undo.ts'
export { isEncrypted, verifyFrom } from './api/verify.ts'
export { placesLookedIn, whereStands } from './api/where.ts'
export type { EncryptFor, Keys } from './archive/encrypt.ts'
export { parseEntry, projectRecordsOf, recordsOf, type SessionDocument } from './archive/format/document.ts'
export type { Manifest, ManifestCopy, ManifestEntry, ManifestSession } from './archive/format/manifest.ts'
export type { SideFileName } from './archive/format/side-files.ts'
export { pruneMirror, updateMirror } from './archive/mirror/mirror.ts'
export type { MirrorOptions, MirrorReport } from './archive/mirror/update.ts'
export type { Archive, ArchiveProblem } from './archive/read/archive.ts'
export { openArchive } from './archive/read/reader.ts'
export { type Damage, type Since, type VerifyOptions, type VerifyReport, verifyArchive } from './archive/read/verify.ts'
export { type DrillOptions, type DrillReport, drillArchive } from './archive/restore/drill.ts'
export {
  type Proof,
  type RestoredSession,
  type RestoreOptions,
  type RestoreProgress,
  type RestoreReport,
  restoreArchive,
} from './archive/restore/restore.ts'
export { type Interval, type Job, type ScheduleFile, type Scheduler, scheduleFiles } from './archive/schedule/schedule.ts'
export type { ArchiveSummary, BackupProgress, WriteOptions } from './archive/write/archive-writer.ts'
export type { ArchiveSink } from './archive/write/sink.ts'
export { writeArchive } from './archive/write/write.ts'
export { zipSink } from './archive/write/zip-sink.ts'
export { type ErrorCode, type Hint, OcvaultError } from './base/errors.ts'
export type { JsonObject } from './base/json.ts'
export type { Failure, Problem } from './base/problems.ts'
export { type ConversationQuery, readConversation } from './conversation/conversation.ts'
export type * from './conversation/message.ts'
export { type ExportedV1, type ExportedV2, type MessageV1, toV1, toV2 } from './convert/exported.ts'
export type { Machine } from './opencode/data-dirs.ts'
export { type MessageID, makeID, type PartID, type SessionID, timeOfID } from './opencode/ids.ts'
export { type Allow, type AllowRule, allowFrom } from './redact/allow.ts'
export {
  type Finding,
  type FindingPlace,
  findSecretsIn,
  type Redacted,
  type RedactOptions,
  redactSession,
  redactSessions,
} from './redact/redact.ts'
export type { ContextMessage } from './search/context.ts'
export type { NearWord, SearchHit, SearchResult } from './search/hits.ts'
export type { SearchOptions, SearchSort } from './search/options.ts'
export { search } from './search/search.ts'
export type { SimilarSession } from './search/similar/similar.ts'
export type { Tier } from './search/tier.ts'
export { type LoadOptions, type LoadPlan, load as loadSession, planLoad } from './share/load.ts'
export { LocalSessions, type LocalTree, type Redact } from './share/local-sessions.ts'
export { RefShelf } from './share/ref-shelf.ts'
export { type Exchange, pull as pullSessions, push as pushSessions } from './share/remote.ts'
export { type Remote, remoteOf } from './share/remote-address.ts'
export { type SaveOptions, type SaveReport, saveSession } from './share/save.ts'
export type { Document, SavedDocument } from './share/saved-document.ts'
export { readShelf, readTree, type SavedTree, type Shelf, type ShelfContent } from './share/shelf.ts'
export { type Fork, type Standing, standingOf } from './share/standing.ts'
export { WorkTreeShelf } from './share/work-tree.ts'
export type { AnswerFigures, SessionStats, Stats, StatsAbout, StatsOddity, StatsOverview } from './stats/answers.ts'
export type { StatsWatch } from './stats/counting.ts'
export type { TouchedFile } from './stats/files.ts'
export type { Key as StatsKey } from './stats/key-names.ts'
export type { StatsFigures, StatsRow } from './stats/rows.ts'
export { NotFoundError, ReadOnlyError } from './storage/errors.ts'
export type { StorageKey } from './storage/key.ts'
export type { Storage } from './storage/storage.ts'
export { Catalog, type CatalogFilter, type Copy, openCatalog, type Session, type Stranded } from './stores/catalog/catalog.ts'
export type { DiscoverOptions, Discovery, FoundStore, Generation } from './stores/catalog/discover.ts'
export { projectScope } from './stores/catalog/project-scope.ts'
export type * from './stores/store.ts'
export { type Destination, folderDestination, zipDestination } from './transfer/export/destination.ts'
export { type ExportFormat, type ExportOptions, exportSessions, type IndexEntry, printSession } from './transfer/export/export.ts'
export { type ImportOptions, importSessions } from './transfer/import/import.ts'
export type { ImportedSession, ImportReport } from './transfer/import/report.ts'
export { type Change, listChanges } from './transfer/undo/changes.ts'
export { undoFolder } from './transfer/undo/folder.ts'
export { type TakeBackOptions, type TakenBack, takeBack } from './transfer/undo/take-back.ts'
export { findTarget, type Target } from './transfer/write/target.ts'
