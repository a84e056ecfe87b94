import { Buffer } from 'node:buffer'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Message, Project, Session, Writer } from './model.ts'

/**
 * The tree of JSON files that 1.1.65 keeps: `storage/{project,session,message,part,session_diff,todo}`, each file pretty-printed.
 */
export class JsonTree implements Writer {
  readonly #root: string
  #bytes = 0

  /** @param root the `storage` folder; what was there is removed */
  constructor(root: string) {
    this.#root = root
    rmSync(root, { recursive: true, force: true })
    mkdirSync(root, { recursive: true })
    writeFileSync(join(root, 'migration'), '2')
  }

  projects(projects: readonly Project[]): void {
    for (const { id, worktree, vcs, created, updated } of projects) {
      this.#write(`project/${id}.json`, { id, worktree, ...(vcs ? { vcs } : {}), sandboxes: [], time: { created, updated } })
    }
  }

  begin(session: Session): void {
    mkdirSync(join(this.#root, 'message', session.id), { recursive: true })
  }

  message(session: Session, { id, info, parts }: Message): void {
    this.#write(`message/${session.id}/${id}.json`, { id, sessionID: session.id, ...info })
    for (const part of parts)
      this.#write(`part/${id}/${part.id}.json`, { id: part.id, sessionID: session.id, messageID: id, ...part.data })
  }

  end(session: Session): void {
    const { id, slug, projectID, directory, parentID, title, permission, created, updated, archived, diffs, todos } = session
    const additions = diffs.reduce((sum, diff) => sum + diff.additions, 0)
    const deletions = diffs.reduce((sum, diff) => sum + diff.deletions, 0)
    this.#write(`session/${projectID}/${id}.json`, {
      id,
      slug,
      version: '1.1.65',
      projectID,
      directory,
      ...(parentID === null ? {} : { parentID }),
      title,
      ...(permission.length > 0 ? { permission } : {}),
      time: { created, updated, ...(archived === null ? {} : { archived }) },
      summary: { additions, deletions, files: diffs.length },
    })
    this.#write(`session_diff/${id}.json`, diffs)
    if (todos.length > 0) this.#write(`todo/${id}.json`, todos)
  }

  close(): number {
    return this.#bytes
  }

  /** Makes the folder only when it is missing: the check would cost more than the write. */
  #write(path: string, value: object): void {
    const data = JSON.stringify(value, null, 2)
    const target = join(this.#root, path)
    try {
      writeFileSync(target, data)
    } catch {
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, data)
    }
    this.#bytes += Buffer.byteLength(data)
  }
}
