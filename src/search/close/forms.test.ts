import { expect, test } from 'vitest'
import { fold } from '../text/tokens.ts'
import { areForms } from './forms.ts'

test.each([
  ['session', 'sessions'],
  ['parse', 'parsing'],
  ['stop', 'stopped'],
  ['retry', 'retries'],
  ['decide', 'decided'],
  ['configure', 'configuration'],
  ['fix', 'fixes'],
  ['Fehler', 'Fehlern'],
  ['Prüfung', 'Prüfungen'],
  ['erreur', 'erreurs'],
  ['función', 'funciones'],
  ['ошибка', 'ошибки'],
  ['сервер', 'сервером'],
])('%s and %s are forms of one word', (a, b) => {
  expect(areForms(fold(a), fold(b))).toBe(true)
  expect(areForms(fold(b), fold(a))).toBe(true)
})

test.each([
  ['token', 'tokyo'],
  ['car', 'care'],
  ['in', 'ing'],
  ['test', 'testament'],
  ['read', 'ready2'],
  ['日本', '日'],
])('%s and %s are not', (a, b) => {
  expect(areForms(fold(a), fold(b))).toBe(false)
})
