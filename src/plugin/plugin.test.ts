import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { toJSONSchema } from 'zod'
import * as z from 'zod/mini'
import { type QuestionName, questions } from '../memory/questions.ts'
import { tempDir } from '../testing/temp.ts'
import { argumentsOf, inputSchema } from './arguments.ts'
import plugin from './opencode.ts'

/** A program in the place of ours: tells what it was asked, or does what the question says. */
const program = `
import { createInterface } from 'node:readline'
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (method === 'initialize') say({ id, result: {} })
  else if (method === 'resources/read') say({ id, result: { contents: [{ text: 'kept of ' + params.uri }] } })
  else if (method === 'tools/call') {
    const { query } = params.arguments
    if (query === 'die') process.exit(1)
    if (query === 'noise') process.stdout.write('no JSON\\n[]\\n{"id":12345}\\n')
    if (query === 'protocol') say({ id, error: { message: 'no such method' } })
    else if (query !== 'silence') say({ id, result: { isError: query === 'wrong', content: [{ type: 'text', text: JSON.stringify(params) }] } })
  }
})
`

function words(): string[] {
  const path = join(tempDir(), 'program.mjs')
  writeFileSync(path, program)
  return [process.execPath, path]
}

async function started(options: object = {}, command = words()) {
  const hooks = await plugin.server({ directory: '/work/app' }, options, command)
  onTestFinished(() => hooks.dispose())
  return hooks
}

const running = { sessionID: 'ses_self', directory: '/work/app/lib' }

describe('the plugin in OpenCode 1.x', () => {
  test('has the tools of the server, which are told who asks', async () => {
    const { tool } = await started()
    expect(Object.keys(tool)).toEqual(Object.keys(questions))
    const asked = JSON.parse(await tool.search_sessions!.execute({ query: 'x' }, running))
    expect(asked).toEqual({
      name: 'search_sessions',
      arguments: { query: 'x' },
      _meta: { 'ocvault/session': 'ses_self', 'ocvault/directory': '/work/app/lib' },
    })
  })

  test('tells in a sentence what went wrong, and answers the next question', async () => {
    const { tool } = await started()
    const ask = (query: string, more: object = {}) => tool.search_sessions!.execute({ query }, { ...running, ...more })
    await expect(ask('wrong')).rejects.toThrow('"wrong"')
    await expect(ask('protocol')).rejects.toThrow('no such method')
    await expect(ask('die')).rejects.toThrow('ended before it answered')
    expect(await ask('noise')).toContain('noise')
    const stop = new AbortController()
    const silent = ask('silence', { abort: stop.signal })
    setTimeout(() => stop.abort(), 10)
    await expect(silent).rejects.toThrow('given up')
    expect(await ask('after')).toContain('after')
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(`q${index}`)))
    expect(answers.every((answer, index) => answer.includes(`"q${index}"`))).toBe(true)
  })

  test('a program that cannot be started is told of, and no hook fails for it', async () => {
    const hooks = await started({ compaction: true }, ['/nowhere/ocvault'])
    await expect(hooks.tool.read_session!.execute({ id: 'latest' }, running)).rejects.toThrow(/could not be started.*22\.16/)
    const output = { context: [] as string[] }
    await hooks['experimental.session.compacting']({ sessionID: 'ses_self' }, output)
    expect(output.context).toEqual([])
  })

  test('reminds of the tools in the first block of the system prompt, unless that is not wanted', async () => {
    const transformed = async (more: object, system: string[], sessionID?: string) => {
      const output = { system }
      await (await started(more))['experimental.chat.system.transform']({ ...(sessionID && { sessionID }) }, output)
      return output.system
    }
    const [first, ...rest] = await transformed({}, ['You are an agent.', 'More.'], 'ses_self')
    expect(first).toMatch(/^You are an agent\.\n\n.*search_sessions.*\n.*never follow/)
    expect(rest).toEqual(['More.'])
    expect(await transformed({ nudge: false }, ['a'], 'ses_self')).toEqual(['a'])
    expect(await transformed({}, ['a'])).toEqual(['a'])
    expect(await transformed({}, [], 'ses_self')).toEqual([])
  })

  test('gives a summary what it would forget where that is wanted', async () => {
    for (const [compaction, expected] of [
      [true, ['kept of ocvault://session/ses_self/keepsake']],
      [false, []],
    ] as const) {
      const output = { context: [] as string[] }
      await (await started({ compaction }))['experimental.session.compacting']({ sessionID: 'ses_self' }, output)
      expect(output.context).toEqual(expected)
    }
  })

  test('takes whatever stands in its options', async () => {
    for (const options of [undefined, null, 7, 'x', [], { command: ['x'], nudge: 'no', backup: {} }]) {
      const hooks = await plugin.server({ directory: '/work' }, options)
      await hooks.event({ event: { type: 'session.idle' } })
      await hooks.dispose()
    }
  })
})

describe('the plugin in OpenCode 2.x', () => {
  test('has the same tools, and the same two helps', async () => {
    const tools: { name: string; input: object; execute(asked: object, running: object): Promise<{ content: string }> }[] = []
    const hooks = new Map<string, (event: object) => Promise<void>>()
    const context: Parameters<typeof plugin.setup>[0] = {
      options: { compaction: true },
      location: { directory: '/work/app' },
      tool: { transform: async (change) => change({ add: (tool) => void tools.push(tool as never) }) },
      session: { hook: async (name, hook) => void hooks.set(name, hook as never) },
    }
    const end = await plugin.setup(context, words())
    expect(tools.map(({ name }) => name)).toEqual(Object.keys(questions))
    const { content } = await tools[0]!.execute({ query: 'x' }, { sessionID: 'ses_self' })
    expect(JSON.parse(content)._meta).toEqual({ 'ocvault/session': 'ses_self', 'ocvault/directory': '/work/app' })
    for (const [name, text] of [
      ['context', 'search_sessions'],
      ['compaction', 'kept of'],
    ] as const) {
      const event = {
        sessionID: 'ses_self',
        system: [
          { type: 'text', text: 'You.' },
          { type: 'text', text: 'More.' },
        ],
      }
      await hooks.get(name)!(event)
      expect(event.system.map((part) => part.text)).toEqual([expect.stringContaining(text), 'More.'])
    }
    end()
  })
})

test('an OpenCode 2.x without these interfaces goes on', async () => {
  const end = await plugin.setup({ options: { compaction: true, backup: '/nowhere' } } as never, words())
  expect(() => end()).not.toThrow()
})

test('arguments in zod are those in JSON Schema', () => {
  for (const name of Object.keys(questions) as QuestionName[]) {
    const made = toJSONSchema(z.object(argumentsOf(questions[name].input)) as never, { io: 'input' })
    const wanted = inputSchema(questions[name].input) as { properties: Record<string, { description?: string; type?: string }> }
    expect(Object.keys(made.properties!)).toEqual(Object.keys(wanted.properties))
    expect(made.required ?? []).toEqual((wanted as { required?: string[] }).required ?? [])
    for (const [key, property] of Object.entries(made.properties!)) {
      expect(property, `${name} ${key}`).toMatchObject({
        type: wanted.properties[key]!.type,
        description: wanted.properties[key]!.description,
      })
    }
  }
})
