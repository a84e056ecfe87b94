import { StoreChanged } from '../base/errors.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'

const attempts = 4

/**
 * Does work that reads the same session several times, which must be the same each time: with databases as they are at one
 * moment, and again from the beginning when a store that cannot promise that has changed.
 * @param work changes nothing until it has read everything
 * @throws StoreChanged when it changes all the time; and what the work throws
 */
export async function steadily<T>(catalog: Catalog, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await catalog.held(work)
    } catch (error) {
      if (!(error instanceof StoreChanged) || attempt === attempts) throw error
    }
  }
}
