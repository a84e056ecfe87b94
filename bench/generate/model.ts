/** What a generated store holds, in the terms of OpenCode 1.x; each writer turns it into the rows or files of its layout. */
export interface Project {
  readonly id: string
  readonly worktree: string
  readonly vcs: 'git' | null
  readonly created: number
  readonly updated: number
}

export interface Tokens {
  readonly total?: number
  readonly input: number
  readonly output: number
  readonly reasoning: number
  readonly cache: { readonly write: number; readonly read: number }
}

export interface Todo {
  readonly id: string
  readonly content: string
  readonly status: 'completed' | 'in_progress' | 'pending'
  readonly priority: 'high' | 'medium' | 'low'
}

interface FileDiff {
  readonly file: string
  readonly before: string
  readonly after: string
  readonly additions: number
  readonly deletions: number
  readonly status: 'modified'
}

/** The header of a session. Totals grow while its transcript is generated, so writers store it when the transcript is done. */
export interface Session {
  readonly id: string
  readonly projectID: string
  readonly parentID: string | null
  readonly slug: string
  readonly directory: string
  readonly path: string
  readonly title: string
  readonly version: string
  readonly agent: string
  readonly model: { readonly id: string; readonly providerID: string; readonly variant: string }
  readonly permission: readonly { readonly permission: string; readonly pattern: string; readonly action: string }[]
  readonly created: number
  updated: number
  archived: number | null
  cost: number
  readonly tokens: { input: number; output: number; reasoning: number; cache: { read: number; write: number } }
  readonly diffs: FileDiff[]
  todos: readonly Todo[]
}

export interface UserInfo {
  readonly role: 'user'
  readonly time: { readonly created: number }
  readonly agent: string
  readonly model: { readonly providerID: string; readonly modelID: string }
  readonly summary: { readonly diffs: readonly FileDiff[] }
}

export interface AssistantInfo {
  readonly parentID: string
  readonly role: 'assistant'
  readonly mode: string
  readonly agent: string
  readonly path: { readonly cwd: string; readonly root: string }
  readonly summary?: true
  readonly cost: number
  readonly tokens: Tokens
  readonly modelID: string
  readonly providerID: string
  readonly time: { readonly created: number; readonly completed: number }
  readonly finish?: 'stop' | 'tool-calls'
  readonly error?: { readonly name: string; readonly data: { readonly message: string } }
}

/** A message as it ends up: `info` is the stored object without its ids. */
export interface Message {
  readonly id: string
  readonly updated: number
  readonly info: UserInfo | AssistantInfo
  readonly parts: readonly Part[]
}

export interface Part {
  readonly id: string
  readonly created: number
  readonly updated: number
  readonly data: PartData
}

interface Span {
  readonly start: number
  readonly end: number
}
type Fields = Readonly<Record<string, unknown>>

export type ToolState =
  | {
      readonly status: 'completed'
      readonly input: Fields
      readonly output: string
      readonly metadata: Fields
      readonly title: string
      readonly time: Span
    }
  | { readonly status: 'error'; readonly input: Fields; readonly error: string; readonly time: Span }

export interface ToolData {
  readonly type: 'tool'
  readonly tool: string
  readonly callID: string
  readonly state: ToolState
}

export interface FileData {
  readonly type: 'file'
  readonly mime: string
  readonly filename: string
  readonly url: string
}

export type PartData =
  | { readonly type: 'text'; readonly text: string; readonly synthetic?: true; readonly time?: Span }
  | { readonly type: 'reasoning'; readonly text: string; readonly time: Span }
  | ToolData
  | FileData
  | { readonly snapshot: string; readonly type: 'step-start' }
  | {
      readonly reason: string
      readonly snapshot: string
      readonly type: 'step-finish'
      readonly tokens: Tokens
      readonly cost: number
    }
  | { readonly type: 'patch'; readonly hash: string; readonly files: readonly string[] }
  | { readonly type: 'compaction'; readonly auto: boolean }

/**
 * One layout on disk, filled session by session: `begin`, its messages in order, `end`; so memory does not grow with the store.
 */
export interface Writer {
  projects(projects: readonly Project[]): void
  begin(session: Session): void
  message(session: Session, message: Message): void
  end(session: Session): void
  /** Finishes the store and returns its size in bytes. */
  close(): number
}
