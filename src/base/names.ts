/** Names of files that some disk takes for one are equal here. */
export const foldedName = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase()
