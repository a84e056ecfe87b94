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
export { type DrillOptions, type DrillReport, drillArchive } from './archive/drill.ts'
export type { EncryptFor, Keys } from './archive/encrypt.ts'
export { parseEntry, projectRecordsOf, recordsOf, type SessionDocument, type SideFileName } from './archive/entry.ts'
export type { Manifest, ManifestCopy, ManifestEntry, ManifestSession } from './archive/manifest.ts'
export { type Archive, type ArchiveProblem, openArchive } from './archive/reader.ts'
export {
  type RestoredSession,
  type RestoreOptions,
  type RestoreProgress,
  type RestoreReport,
  restoreArchive,
} from './archive/restore.ts'
export { type Damage, type Since, type VerifyOptions, type VerifyReport, verifyArchive } from './archive/verify.ts'
export { type ArchiveSink, type BackupProgress, type WriteOptions, writeArchive } from './archive/write.ts'
export { zipSink } from './archive/zip-sink.ts'
export { type ConversationQuery, readConversation } from './conversation/conversation.ts'
export type * from './conversation/message.ts'
export { type ExportedV1, type ExportedV2, type MessageV1, toV1, toV2 } from './convert/exported.ts'
export type { Machine } from './opencode/data-dirs.ts'
export { type MessageID, makeID, type PartID, type SessionID, timeOfID } from './opencode/ids.ts'
export type { JsonObject } from './opencode/json.ts'
export {
  type ContextMessage,
  type SearchHit,
  type SearchOptions,
  type SearchResult,
  type SearchSort,
  search,
} from './search/search.ts'
export { Catalog, type CatalogFilter, type Copy, openCatalog, type Session, type Stranded } from './stores/catalog.ts'
export type { DiscoverOptions, Discovery, FoundStore, Generation } from './stores/discover.ts'
export { type ErrorCode, OcvaultError } from './stores/errors.ts'
export { JsonStorage, type StorageKey } from './stores/json-storage.ts'
export { projectScope } from './stores/project-scope.ts'
export type * from './stores/store.ts'
export { type Destination, folderDestination, zipDestination } from './transfer/destination.ts'
export { type ExportFormat, type ExportOptions, exportSessions, type IndexEntry, printSession } from './transfer/export.ts'
export { type ImportedSession, type ImportOptions, type ImportReport, importSessions } from './transfer/import.ts'
export { type Change, listChanges, type TakeBackOptions, type TakenBack, takeBack } from './transfer/undo.ts'
export { undoFolder } from './transfer/undo-folder.ts'
