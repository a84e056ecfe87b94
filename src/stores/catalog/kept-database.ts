/** What stands between the name of a database and the time at which it was compacted, in the name of the one that is kept. */
export const keptMark = '.before-compact-'

/** Whether a file is a database as it was before it was compacted, kept until it is forgotten. */
export const isKeptDatabase = (path: string): boolean => path.includes(`.db${keptMark}`)
