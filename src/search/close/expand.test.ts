import { describe, expect, test } from 'vitest'
import { parseQuery, type Query } from '../query.ts'
import { type Lexicon, optionsAsWords, questionOf, withNear } from './expand.ts'
import { isNear } from './near-words.ts'

/** Sessions that hold these words, or names that are words one after another. */
const holding = (...known: string[]): Lexicon => ({
  near: async (asked) => new Set(known.filter((word) => isNear(asked, word))),
  count: async (terms) =>
    terms.map((term) => known.filter((word) => term.kind === 'words' && word === term.tokens.join(' ')).length),
})

const clauses = ({ clauses }: Query) =>
  clauses.map((terms) => terms.map((term) => (term.kind === 'words' ? term.tokens.join(' ') : term.typed)).join(' | '))

const near = async (text: string, lexicon: Lexicon) => clauses(await withNear(parseQuery(text), lexicon))

describe('near to what was typed', () => {
  test('are other forms, and other spellings only of words that stand nowhere', async () => {
    expect(await near('token', holding('token', 'tokens', 'tokken'))).toEqual(['token | tokens'])
    expect(await near('tokne', holding('token', 'tokens'))).toEqual(['tokne | token'])
    expect(await near('xyzzy', holding('token'))).toEqual(['xyzzy'])
  })

  test('are the other ways to write a name', async () => {
    expect(await near('parse_token', holding('parsetoken'))).toEqual(['parse token | parsetoken'])
    expect(await near('parseToken', holding('parse token'))).toEqual(['parsetoken | parse token'])
    expect(await near('parsetoken', holding('parse token'))).toEqual(['parsetoken | parse token'])
    expect(await near('parse token', holding('parsetoken', 'parse', 'token'))).toEqual([
      'parse | parsetoken',
      'token | parsetoken',
    ])
  })

  test('is a name of which a piece is misspelt', async () => {
    const known = holding('refresh', 'interval', 'refresh interval')
    expect(await near('refesh_interval', known)).toEqual(['refesh interval | refresh interval'])
    const asked = questionOf(await withNear(parseQuery('refesh_interval'), known))!
    expect(clauses(asked.soft)).toEqual(['refesh interval | refresh interval', 'refesh | refresh', 'interval'])
  })

  test('is nothing to what stands in quotes, is a condition, or an expression', async () => {
    const all = holding('tokens', 'plans')
    expect(await near('"token" title:plan /token/', all)).toEqual(['token', 'plan', '/token/'])
  })
})

const question = (text: string) => {
  const asked = questionOf(parseQuery(text))
  return asked && { soft: clauses(asked.soft), hard: asked.hard && clauses(asked.hard) }
}

describe('a question', () => {
  test.each([
    ['why did we choose postgres over dynamodb?', ['choose', 'postgres', 'dynamodb']],
    ['why does the process die', ['process', 'die']],
    ['warum ist die Verbindung weg', ['verbindung', 'weg']],
    ['pourquoi est-ce que le serveur plante', ['serveur', 'plante']],
    ['почему сервер не отвечает', ['сервер', 'отвечает']],
    ['to be or not to be', ['to', 'be', 'or', 'not']],
  ])('%s is about %j', (text, words) => expect(question(text)).toEqual({ soft: words, hard: null }))

  test('asks for the pieces of a name, too, and for every two signs of a script without spaces', () => {
    expect(question('parseToken')!.soft).toEqual(['parsetoken', 'parse', 'token'])
    expect(question('src/token.ts')!.soft).toEqual(['src token ts', 'src', 'token', 'ts'])
    expect(question('数据库的连接')!.soft).toEqual(['数 据', '据 库', '连 接'])
  })

  test('keeps its conditions, and is none without a word that may be missing', () => {
    expect(question('token "by hand" title:plan')).toEqual({ soft: ['token'], hard: ['by hand', 'plan'] })
    expect(question('"by hand" /x/')).toBeNull()
  })
})

test('options of a command that somebody pasted are words again: single letters, or all where nothing else is found', () => {
  const pasted = (text: string, all: boolean) => {
    const { clauses: wanted, excluded } = optionsAsWords(parseQuery(text), all)
    return [...wanted.map(([term]) => term!.typed), ...excluded.map((term) => `not ${term.typed}`)]
  }
  expect(pasted('apply -f deploy -docker', false)).toEqual(['apply', 'deploy', '-f', 'not docker'])
  expect(pasted('apply -f deploy -docker -"by hand"', true)).toEqual(['apply', 'deploy', '-f', '-docker', 'not "by hand"'])
})
