import { OcvaultError } from '../../../base/errors.ts'
import { textOf } from '../../../base/json.ts'
import { type ExportDocument, readExportDocuments } from '../../../stores/export/export-document.ts'
import { storedDocument } from '../../../stores/export/export-file.ts'
import { headerOfInfo } from '../../../stores/session-info.ts'
import type { Incoming } from './incoming.ts'

/** A file of exported sessions, wherever it is. */
export interface ExportSource {
  /** Its name for a person; no two have the same. */
  readonly path: string
  read(): Promise<Uint8Array>
}

/** Reads exported sessions, and remembers what was read as far as there is room, so that small files need not be read twice. */
export class ExportedSessions {
  readonly #parsed = new Map<string, readonly ExportDocument[]>()
  #roomBytes: number

  /** @param roomBytes how many bytes of files stay parsed */
  constructor(roomBytes = 16 * 2 ** 20) {
    this.#roomBytes = roomBytes
  }

  /** The sessions in a file. @throws OcvaultError `failed` when it holds none */
  async in(source: ExportSource): Promise<Incoming[]> {
    const documents = await this.#documents(source)
    return documents.map(({ info }, index) => {
      const { id, title, parentID, time } = headerOfInfo(textOf(info.id) ?? '', info)
      const load = async () => {
        const document = (await this.#documents(source))[index]
        if (!document) throw new OcvaultError('failed', `${source.path} has changed while it was read`)
        return storedDocument(document)
      }
      return { id, title, parentID, updated: time.updated, from: source.path, project: undefined, load }
    })
  }

  /** From memory if there was room for it. A file of many sessions is always remembered, because each is asked for alone. */
  async #documents({ path, read }: ExportSource): Promise<readonly ExportDocument[]> {
    const known = this.#parsed.get(path)
    if (known) return known
    const bytes = await read()
    const documents = readExportDocuments(path, bytes)
    if (bytes.length <= this.#roomBytes || documents.length > 1) {
      this.#roomBytes -= bytes.length
      this.#parsed.set(path, documents)
    }
    return documents
  }
}
