import type { JsonObject } from '../base/json.ts'
import type { MessageID, PartID, SessionID } from '../opencode/ids.ts'
import type { ModelRef, Tokens } from '../stores/store.ts'

/** Who speaks: the user's side, the model's, or OpenCode itself. */
export type Role = 'user' | 'assistant' | 'system'

/**
 * What a message is for a reader. `prompt`: what the person typed. `answer`: what the model said and did. `synthetic`: text that
 * OpenCode put in on the user's side. `compaction`: the request for a summary, and the summary. `shell`: a command that the
 * person ran. `notice`: something that happened (a switch of agent or model, the end of a turn).
 */
export type Kind = 'prompt' | 'answer' | 'synthetic' | 'compaction' | 'shell' | 'notice'

/** The one shape of a message, whichever generation stored it. Times are ms since the epoch. */
export interface Message {
  readonly id: MessageID
  readonly sessionID: SessionID
  readonly role: Role
  readonly kind: Kind
  readonly time: { readonly created: number | null; readonly completed: number | null }
  readonly agent: string | null
  readonly model: ModelRef | null
  /** Why the answer failed. */
  readonly error: { readonly name: string; readonly message: string } | null
  readonly tokens: Tokens | null
  readonly cost: number | null
  /** An answer that was stopped or killed, or is still being written. */
  readonly interrupted: boolean
  /** Rolled back: hidden in OpenCode, and deleted with the next prompt, but still stored. */
  readonly reverted: boolean
  readonly parts: readonly Part[]
}

interface PartBase {
  readonly id: PartID
  /** The stored object, with every field that the one shape has no place for. */
  readonly raw: JsonObject
}

export interface TextPart extends PartBase {
  readonly type: 'text'
  readonly text: string
  /** Put in by OpenCode, not typed by anyone. */
  readonly synthetic: boolean
  /** Shown to the user, never sent to the model. */
  readonly ignored: boolean
}

export interface ReasoningPart extends PartBase {
  readonly type: 'reasoning'
  readonly text: string
}

export interface ToolPart extends PartBase {
  readonly type: 'tool'
  readonly tool: string
  readonly callID: string | null
  readonly status: 'pending' | 'running' | 'completed' | 'error'
  readonly title: string | null
  readonly input: unknown
  readonly output: string | null
  readonly error: string | null
  /** With which code a command ended, of a tool that ran one. */
  readonly exit: number | null
  readonly time: { readonly start: number | null; readonly end: number | null }
  /** The output is no longer sent to the model, but still stored. */
  readonly compacted: boolean
  /** The subagent's session, of a `task` call. */
  readonly sessionID: SessionID | null
  readonly attachments: readonly FilePart[]
}

export interface FilePart extends PartBase {
  readonly type: 'file'
  readonly mime: string | null
  readonly filename: string | null
  readonly url: string | null
}

/** A prompt that a command hands to a subagent. */
export interface SubtaskPart extends PartBase {
  readonly type: 'subtask'
  readonly agent: string | null
  readonly description: string | null
  readonly prompt: string | null
}

/** Where a round trip to the model begins or ends. */
export interface StepPart extends PartBase {
  readonly type: 'step'
  readonly phase: 'start' | 'finish'
  readonly snapshot: string | null
  readonly reason: string | null
  readonly cost: number | null
  readonly tokens: Tokens | null
}

/** The files that a step changed. */
export interface PatchPart extends PartBase {
  readonly type: 'patch'
  readonly hash: string | null
  readonly files: readonly string[]
}

export interface RetryPart extends PartBase {
  readonly type: 'retry'
  readonly attempt: number | null
  readonly error: string | null
}

/** Where the transcript was summarised to make room. `summary` is in the part in 2.x, in the next message's text before. */
export interface CompactionPart extends PartBase {
  readonly type: 'compaction'
  readonly auto: boolean
  readonly summary: string | null
}

/** A command that the person ran, with its output (2.x). */
export interface ShellPart extends PartBase {
  readonly type: 'shell'
  readonly command: string
  readonly output: string | null
  readonly exit: number | null
}

/** Something that happened, in words. */
export interface NoticePart extends PartBase {
  readonly type: 'notice'
  readonly notice: string
}

/** A type that this release of ocvault does not know: kept as it is. */
export interface UnknownPart extends PartBase {
  readonly type: 'unknown'
}

export type Part =
  | TextPart
  | ReasoningPart
  | ToolPart
  | FilePart
  | SubtaskPart
  | StepPart
  | PatchPart
  | RetryPart
  | CompactionPart
  | ShellPart
  | NoticePart
  | UnknownPart
