import { describe, expect, test } from 'vitest'
import { readExportDocuments } from './export-document.ts'
import { jsonInNoise } from './json-in-noise.ts'

const document = (id: string, text = 'a "quoted" } word \\ here') => ({
  info: { id, title: '{"info": [' },
  messages: [{ info: { id: 'msg_1', role: 'user' }, parts: [{ id: 'prt_1', type: 'text', text }] }],
})
const read = (text: string | Uint8Array) => readExportDocuments('x.json', Buffer.from(text)).map(({ info }) => info.id)
const pretty = (id: string) => JSON.stringify(document(id), null, 2)

describe('a document between other things', () => {
  test('is found whole, whatever braces and quotation marks its texts hold', () => {
    expect(jsonInNoise(`log {} [a]\n${pretty('ses_1')} tail }`)).toEqual({ values: [document('ses_1')], rest: undefined })
  })

  test('may be one of several, one behind the other', () => {
    const all = ['ses_1', 'ses_2', 'ses_3'].map((id) => `Exporting session: ${id}${pretty(id)}`)
    expect(read(all.join('\n'))).toEqual(['ses_1', 'ses_2', 'ses_3'])
  })

  test('may be one a line, with lines of a log in between', () => {
    const lines = ['ses_1', 'ses_2'].map((id) => JSON.stringify(document(id)))
    expect(read(`INFO start\n${lines[0]}\nExporting session: ses_2\n${lines[1]}\nINFO done`)).toEqual(['ses_1', 'ses_2'])
  })

  test('may be large', () => {
    const large = JSON.stringify(document('ses_1', 'x'.repeat(3 * 2 ** 20)), null, 2)
    expect(read(`Exporting session: ses_1${large}\nExporting session: ses_1\n`)).toEqual(['ses_1'])
  })
})

describe('no document is taken for whole', () => {
  const long = JSON.stringify(document('ses_1', 'y'.repeat(70_000)), null, 2)

  test.each([
    [
      'that is cut off behind a line',
      `Exporting session: ses_1${pretty('ses_1').slice(0, 150)}`,
      'ends in the middle, after 174 bytes',
    ],
    ['that a pipe has cut', `Exporting session: ses_1${long}`.slice(0, 65_536), 'is cut at 65,536 bytes'],
    ['of which one of two is cut off', `${pretty('ses_1')}\nlog\n${pretty('ses_2').slice(0, 90)}`, 'ends in the middle'],
    ['that is damaged', `log\n${pretty('ses_1').replace('"messages"', 'messages')}\nlog`, 'is damaged'],
    ['of which git has two', `<<<<<<< HEAD\n${pretty('ses_1')}\n=======\n${pretty('ses_2')}\n>>>>>>> b`, 'is not JSON'],
    ['in a page', '<!doctype html><script>window.x={"a":1}</script>', 'is not JSON'],
    ['in a log', 'INFO {"a":1}\nINFO [{"b":2}]', 'is not JSON'],
  ])('%s', (_what, text, reason) => {
    expect(() => read(text)).toThrow(reason)
  })

  test('where only JSON may be', () => {
    const text = `Exporting session: ses_1\n${pretty('ses_1')}`
    expect(() => readExportDocuments('x.json', Buffer.from(text), { strict: true })).toThrow('is not JSON')
  })
})
