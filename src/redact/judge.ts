import { isDrawn } from './drawn.ts'
import { entropy, isBlank, isID, isWords } from './harmless.ts'
import { isCard, isIBAN, isPersonsEmail, isPhone } from './personal.ts'
import type { Judge } from './rules/rule.ts'
import { isMadeUp, isStrong } from './values.ts'
import { isPlain } from './wordlike.ts'

const isPassword = (secret: string) => secret.length >= 3 && !isBlank(secret) && !/^x-oauth-basic$|^\d{1,5}$|^-/.test(secret)

const judges: Readonly<Record<Judge, (secret: string) => boolean>> = {
  any: (secret) => !/^[\s<*>.[\]]*$/.test(secret) && !secret.includes('<**'),
  drawn: (secret) => !isBlank(secret) && !isID(secret) && isDrawn(secret, true) && (secret.length > 60 || !isPlain(secret)),
  token: (secret) => secret.length >= 8 && !isBlank(secret) && !isWords(secret) && (isStrong(secret, 16) || !isPlain(secret)),
  password: isPassword,
  madeUp: (secret) =>
    isMadeUp(secret) ||
    (/\s/.test(secret) && secret.length < 100 && secret.split(/\s+/).some((word) => isMadeUp(word) && !isPlain(word))) ||
    (isPassword(secret) && isStrong(secret, 12)),
  email: isPersonsEmail,
  phone: isPhone,
  card: isCard,
  iban: isIBAN,
}

/** Whether what stands where a rule looks is a secret. */
export const isSecret = (secret: string, judge: Judge, bits: number | undefined): boolean =>
  judges[judge](secret) && (bits === undefined || entropy(secret.slice(0, 200)) >= bits)
