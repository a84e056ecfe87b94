import { openWithNode } from './node.ts'
import type { Open } from './port.ts'

/** Opens a database with the SQLite that this program runs on: the one place that chooses it. */
export const openConnection: Open = openWithNode
