import { expect, test, vi } from 'vitest'
import { common, selecting } from './common-flags.ts'
import { choiceFrom, count, countFrom, either, type Given, list, negatedName, on, text, unless } from './flags.ts'
import { commandOf, createProgram } from './program.ts'
import { anyNumber, oneOf, runs, verb } from './verb.ts'
import { verbs } from './verbs.ts'

const flags = {
  dryRun: on('only say so'),
  tree: either('with', 'without'),
  pager: unless('at once'),
  output: text('<path>', 'where', 'o'),
  sort: choiceFrom('newest', '<order>', ['newest', 'oldest'], 'order'),
  limit: countFrom(10, '<n>', 'at most'),
  last: count('<n>', 'the last'),
  map: list('<old=new>', 'moved'),
}

/** What the handler of a command with these flags is given. */
async function given(...argv: string[]) {
  const run = vi.fn(async (_flags: Given<typeof flags>, _what: 'a' | 'b', _names: readonly string[]) => {})
  const row = verb({
    name: 'try',
    about: 'a command',
    words: [oneOf('what', ['a', 'b'], 'which'), anyNumber('name', 'more')],
    flags,
    examples: [['ocvault try a', 'this']],
  })
  const program = createProgram()
  program.addCommand(commandOf(runs(row, run), program))
  await program.parseAsync(['node', 'ocvault', 'try', ...argv])
  return run.mock.calls[0]!
}

test('every flag has its key, whether it was given or not', async () => {
  const [flags, what, names] = await given('a')
  expect([what, names]).toEqual(['a', []])
  expect(flags).toStrictEqual({
    dryRun: undefined,
    tree: undefined,
    pager: true,
    output: undefined,
    sort: 'newest',
    limit: 10,
    last: undefined,
    map: undefined,
  })
})

test('values have the type that their flag says', async () => {
  const argv = 'b x y --dry-run --no-tree --no-pager -o z --sort oldest --limit 0 --last 3 --map a=b --map c=d'
  const [flags, what, names] = await given(...argv.split(' '))
  expect([what, names]).toEqual(['b', ['x', 'y']])
  expect(flags).toStrictEqual({
    dryRun: true,
    tree: false,
    pager: false,
    output: 'z',
    sort: 'oldest',
    limit: 0,
    last: 3,
    map: ['a=b', 'c=d'],
  })
  expect((await given('a', '--tree'))[0].tree).toBe(true)
})

test('a number that is none is named with its flag', async () => {
  await expect(given('a', '--last', '-1')).rejects.toThrow('--last takes a whole number, not "-1"')
})

test('a start makes the one command that was asked for; help has all', () => {
  expect(createProgram('ls').commands.map((command) => command.name())).toEqual(['list'])
  expect(createProgram('lst').commands.map((command) => command.name())).toEqual(verbs.map(({ name }) => name))
})

test('no two commands have one name, and every one answers in JSON and has examples', () => {
  const names = verbs.flatMap(({ name, alias }) => [name, ...(alias === undefined ? [] : [alias])])
  expect(new Set(names).size).toBe(names.length)
  for (const { name, flags, examples } of verbs) {
    expect(examples.length, name).toBeGreaterThan(0)
    if (!['completion', 'mcp', 'config'].includes(name))
      expect(Object.keys(flags), name).toEqual(expect.arrayContaining(Object.keys(common())))
  }
})

test('the selection is the same for all that have it', () => {
  for (const { flags } of verbs.filter(({ name }) => ['list', 'export', 'scan', 'backup', 'schedule'].includes(name))) {
    expect(flags).toMatchObject(selecting)
  }
  expect(negatedName('dryRun')).toBe('--no-dry-run')
})
