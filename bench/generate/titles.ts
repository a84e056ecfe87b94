import type { Random } from './random.ts'
import type { Language, TextSource } from './text.ts'
import { foreign } from './vocabulary.ts'

const actions = 'Fix,Add,Refactor,Explain,Review,Speed up,Remove,Document,Port,Investigate,Test,Rename'.split(',')
const things = `flaky parser test,session list,login page,database migration,search index,CI pipeline,memory leak,error messages,
  config loader,retry logic,date picker,API client,build script,cache invalidation,release notes`.split(/,\s*/)
const other = [
  'إصلاح اختبار المحلل',
  '수정: 파서 테스트',
  'Größe & 日本語 <b>titles</b> ✓',
  'Διόρθωση δοκιμής',
  '🚀 ship it: release checklist',
  'תיקון בדיקה',
]
const adjectives = 'silent clever quick brave calm eager misty proud shiny tidy witty cosmic jolly lucky neon'.split(' ')
const animals = 'wolf knight mountain otter heron river cabin panda comet falcon forest garden island lagoon meadow'.split(' ')

/** A title as a model gives it, in the language of the session. */
export function makeTitle(random: Random, language: Language, text: TextSource): string {
  if (random.chance(0.02)) return random.pick(other)
  if (language !== 'en') {
    const { words, gap } = foreign[language]
    return Array.from({ length: 4 }, () => random.pick(words)).join(gap)
  }
  const title = `${random.pick(actions)} ${random.pick(things)}`
  return random.chance(0.5) ? `${title} ${text.phrase(random, 2)}` : title
}

export function makeSlug(random: Random): string {
  return `${random.pick(adjectives)}-${random.pick(animals)}`
}

/** Nine of ten sessions are in English. */
export function chooseLanguage(random: Random): Language {
  return random.chance(0.9) ? 'en' : random.pick(['zh', 'ja', 'ru', 'de'])
}
