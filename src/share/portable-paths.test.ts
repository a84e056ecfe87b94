import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectLinear } from '../testing/growth.ts'
import { PortablePaths } from './portable-paths.ts'

const ann = new PortablePaths(['/home/ann/work/parser', '/mnt/old/parser'], '/home/ann')
const bob = new PortablePaths(['/Users/bob/My Code/parser'], '/Users/bob')

test('the work tree and the home become placeholders, and nothing that is merely called alike', () => {
  expect(ann.portable('see /home/ann/work/parser/src/a.ts:3')).toBe('see {{worktree}}/src/a.ts:3')
  expect(ann.portable('in /home/ann/work/parser.')).toBe('in {{worktree}}.')
  expect(ann.portable('"/home/ann/.ssh" /home/ann')).toBe('"{{home}}/.ssh" {{home}}')
  expect(ann.portable('/home/ann/work/parser2 /home/ann/work/parser.git')).toBe('{{home}}/work/parser2 {{home}}/work/parser.git')
  expect(ann.portable('/home/annabel /home/ann-old')).toBe('/home/annabel /home/ann-old')
  expect(ann.portable('--- a/home/ann/work/parser/x')).toBe('--- a{{worktree}}/x')
  expect(ann.portable('/mnt/old/parser/x')).toBe('{{worktree}}/x')
})

test('a short home is not found inside of other paths', () => {
  const root = new PortablePaths(['/srv/app'], '/root')
  expect(root.portable('/root/x /srv/root /srv/app')).toBe('{{home}}/x /srv/root {{worktree}}')
})

test('another machine gets its own directories, encoded in URLs', () => {
  const text = ann.portable('cd /home/ann/work/parser && open file:///home/ann/work/parser/a%20b.ts; ls /home/ann')
  expect(bob.local(text)).toBe('cd /Users/bob/My Code/parser && open file:///Users/bob/My%20Code/parser/a%20b.ts; ls /Users/bob')
  expect(bob.portable(bob.local(text))).toBe(text)
})

describe('Windows', () => {
  const eve = new PortablePaths(['C:\\Users\\eve\\parser'], 'C:\\Users\\eve')

  test('every spelling becomes the same, and comes back with slashes', () => {
    for (const path of [
      'C:\\Users\\eve\\parser\\src\\a.ts',
      'c:/Users/eve/parser/src/a.ts',
      'C:\\\\Users\\\\eve\\\\parser\\\\src\\\\a.ts',
    ]) {
      expect(eve.portable(`in "${path}"`)).toBe('in "{{worktree}}/src/a.ts"')
    }
    expect(eve.portable('file:///C:/Users/eve/x')).toBe('file://{{home}}/x')
    expect(eve.local('{{worktree}}/src file://{{home}}/x')).toBe('C:/Users/eve/parser/src file:///C:/Users/eve/x')
  })

  test('what follows a path in JSON is no part of it', () => {
    const inside = JSON.stringify({ path: 'C:\\Users\\eve\\parser\\new\\a.ts', next: 'x\ny' })
    expect(JSON.parse(eve.portable(inside))).toEqual({ path: '{{worktree}}/new/a.ts', next: 'x\ny' })
  })
})

test('what stands there comes back on the same machine, placeholders of the text included', () => {
  const piece = fc.constantFrom(
    ...[
      '/home/ann',
      '/home/ann/work/parser',
      '/src',
      '{{',
      '}}',
      'home',
      'worktree',
      'literal:',
      '{{home}}',
      '{{literal:worktree}}',
    ],
    ...['.', ' ', 'x', '/', '\\', 'file://', '%20', '\u{1f600}'],
  )
  const one = new PortablePaths(['/home/ann/work/parser'], '/home/ann')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      expect(one.local(one.portable(text))).toBe(text)
    }),
    { numRuns: 2000 },
  )
})

test.each(['/home/an', '{{literal:'])('a megabyte of %j, over and over, takes no time', async (piece) => {
  await expectLinear(200_000, (count) => ann.portable(piece.repeat(count)))
})
