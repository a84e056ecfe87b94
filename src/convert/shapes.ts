import type { JsonObject } from '../base/json.ts'

/** A message as 1.x exports and imports it. */
export interface MessageV1 {
  readonly info: JsonObject
  readonly parts: readonly JsonObject[]
}

/** What `opencode export` of 1.x prints and `opencode import` reads (OpenCode 1.18.33): ids are inside info and parts. */
export interface ExportedV1 {
  readonly info: JsonObject
  readonly messages: Iterable<MessageV1>
}

/** What `opencode session export` of 2.x prints: flat messages, told apart by `type`. */
export interface ExportedV2 {
  readonly info: JsonObject
  readonly messages: Iterable<JsonObject>
}
