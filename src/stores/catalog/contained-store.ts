import { reasonOf, StoreChanged } from '../../base/errors.ts'
import { type Problem, ProblemLog } from '../../base/problems.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { LongBytes } from '../long-record.ts'
import type {
  IsKnown,
  MessageQuery,
  ProjectRecord,
  RawRecord,
  Remains,
  SessionFilter,
  SessionHeader,
  Store,
  StoredInfo,
  StoredMessage,
  StoreKind,
  StoreSize,
} from '../store.ts'

/**
 * A store whose trouble stays its own: whatever it throws becomes one of its problems, and the answer is what it gave until then.
 * Without this a table that another program made would keep every other store from being read. Only {@link StoreChanged} passes,
 * because who asked for one state of it has to begin again.
 */
export class ContainedStore implements Store {
  readonly kind: StoreKind
  readonly path: string
  readonly isPrivate: boolean
  readonly #store: Store
  readonly #log = new ProblemLog()

  constructor(store: Store) {
    this.kind = store.kind
    this.path = store.path
    this.isPrivate = store.isPrivate === true
    this.#store = store
  }

  #note(error: unknown): void {
    if (error instanceof StoreChanged) throw error
    this.#log.add(this.path, reasonOf(error).replace(`cannot read ${this.path}: `, ''))
  }

  #or<T>(otherwise: T, ask: (store: Store) => T): T {
    try {
      return ask(this.#store)
    } catch (error) {
      this.#note(error)
      return otherwise
    }
  }

  *#each<T>(ask: (store: Store) => Iterable<T>): Iterable<T> {
    try {
      yield* ask(this.#store)
    } catch (error) {
      this.#note(error)
    }
  }

  sessions(filter?: SessionFilter): Iterable<SessionHeader> {
    return this.#each((store) => store.sessions(filter))
  }

  session(id: SessionID): SessionHeader | undefined {
    return this.#or(undefined, (store) => store.session(id))
  }

  headers(ids: readonly SessionID[]): SessionHeader[] {
    return this.#or([], (store) => store.headers(ids))
  }

  updated(ids: readonly SessionID[]): ReadonlyMap<SessionID, number> {
    return this.#or<ReadonlyMap<SessionID, number>>(new Map(), (store) => store.updated(ids))
  }

  idsStartingWith(prefix: string, limit: number): SessionID[] {
    return this.#or([], (store) => store.idsStartingWith(prefix, limit))
  }

  children(parents: readonly SessionID[]): Iterable<readonly [SessionID, SessionID]> {
    return this.#each((store) => store.children(parents))
  }

  nested(): Iterable<readonly [SessionID, SessionID]> {
    return this.#each((store) => store.nested())
  }

  remains(): ReadonlyMap<SessionID, Remains> {
    return this.#or<ReadonlyMap<SessionID, Remains>>(new Map(), (store) => store.remains())
  }

  info(id: SessionID): StoredInfo | undefined {
    return this.#or(undefined, (store) => store.info(id))
  }

  messages(id: SessionID, query?: MessageQuery): Iterable<StoredMessage> {
    return this.#each((store) => store.messages(id, query))
  }

  /** Where reading many together fails, the rest are read one by one. */
  *transcripts(ids: readonly SessionID[], query?: MessageQuery): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
    const left = new Set(ids)
    for (const [id, messages] of this.#each((store) => store.transcripts(ids, query))) {
      left.delete(id)
      yield [id, this.#each(() => messages)]
    }
    for (const id of left) yield [id, this.messages(id, query)]
  }

  records(id: SessionID): Iterable<RawRecord> {
    return this.#each((store) => store.records(id))
  }

  recordsBut(isKnown: IsKnown, id: SessionID): Iterable<RawRecord<true | LongBytes>> {
    return this.#each((store) => store.recordsBut(isKnown, id))
  }

  projects(): Iterable<ProjectRecord> {
    return this.#each((store) => store.projects())
  }

  projectRecords(projectID: string): Iterable<RawRecord> {
    return this.#each((store) => store.projectRecords(projectID))
  }

  hold(): () => void {
    return this.#or(
      () => undefined,
      (store) => store.hold(),
    )
  }

  size(): StoreSize {
    return this.#or({ sessions: 0, bytes: 0, newest: null }, (store) => store.size())
  }

  generation(): string {
    return this.#or('', (store) => store.generation())
  }

  stamp(): string | null {
    return this.#or(null, (store) => store.stamp())
  }

  pulse(): string | null {
    return this.#or(null, (store) => store.pulse())
  }

  marks(quick: boolean, ids?: readonly SessionID[]): ReadonlyMap<SessionID, string> {
    return this.#or<ReadonlyMap<SessionID, string>>(new Map(), (store) => store.marks(quick, ids))
  }

  marksByRows(): ReadonlyMap<SessionID, string> | null {
    return this.#or<ReadonlyMap<SessionID, string> | null>(null, (store) => store.marksByRows())
  }

  messageMarks(
    ids: readonly SessionID[],
    least: number,
    messages?: readonly MessageID[],
  ): ReadonlyMap<SessionID, ReadonlyMap<MessageID, string>> {
    return this.#or<ReadonlyMap<SessionID, ReadonlyMap<MessageID, string>>>(new Map(), (store) =>
      store.messageMarks(ids, least, messages),
    )
  }

  explains(
    before: string,
    after: string,
    marks: readonly (readonly [before: string | undefined, after: string | undefined])[],
  ): boolean {
    return this.#or(false, (store) => store.explains?.(before, after, marks) ?? false)
  }

  named(id: SessionID, cursor: string | null): { readonly messages: ReadonlySet<MessageID>; readonly events: number } | null {
    return this.#or<ReturnType<NonNullable<Store['named']>>>(null, (store) => store.named?.(id, cursor) ?? null)
  }

  added(cursor: string | null): { readonly sessions: ReadonlySet<SessionID>; readonly cursor: string } {
    return this.#or({ sessions: new Set(), cursor: cursor ?? '' }, (store) => store.added(cursor))
  }

  check(): readonly Problem[] {
    return this.#or<readonly Problem[]>([], (store) => store.check())
  }

  problems(): readonly Problem[] {
    return [...this.#store.problems(), ...this.#log.all()]
  }

  close(): void {
    this.#or(undefined, (store) => store.close())
  }
}
