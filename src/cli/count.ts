import { OcvaultError } from '../base/errors.ts'

/**
 * A whole number on the command line.
 * @throws OcvaultError `usage`
 */
export function parseCount(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new OcvaultError('usage', `${flag} takes a whole number, not ${JSON.stringify(text)}`)
  return Number(text)
}
