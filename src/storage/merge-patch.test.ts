import { expect, test } from 'vitest'
import { mergePatch } from './merge-patch.ts'

const patched = (draft: unknown, patch: unknown) => {
  mergePatch(draft, patch)
  return draft
}

/** The cases of RFC 7386, appendix A, in which both are objects. */
test.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ['{"a":1}', '{"__proto__":{"x":1}}', '{"a":1,"__proto__":{"x":1}}'],
])('%s with %s is %s', (draft, patch, result) => {
  expect(JSON.stringify(patched(JSON.parse(draft), JSON.parse(patch)))).toBe(result)
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})

test('what is no object neither patches nor is patched: a list of things to do would be gone', () => {
  for (const [draft, patch] of [
    [[1], { a: 1 }],
    ['text', {}],
    [{}, [1]],
    [{}, null],
  ]) {
    expect(() => patched(draft, patch)).toThrow(expect.objectContaining({ code: 'usage' }))
  }
})
