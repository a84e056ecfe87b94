import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** Colours, or the same functions without any: decided once, by who reads the output. */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly italic: (text: string) => string
  readonly accent: (text: string) => string
  readonly code: (text: string) => string
  readonly good: (text: string) => string
  readonly warn: (text: string) => string
  readonly bad: (text: string) => string
}

export function createStyle(enabled: boolean): Style {
  const as = (format: Format) =>
    enabled ? (text: string) => (text === '' ? '' : styleText(format, text, { validateStream: false })) : (text: string) => text
  return {
    bold: as('bold'),
    dim: as('dim'),
    italic: as('italic'),
    accent: as(['bold', 'cyan']),
    code: as('cyan'),
    good: as('green'),
    warn: as('yellow'),
    bad: as('red'),
  }
}
