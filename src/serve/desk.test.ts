import { expect, onTestFinished, test } from 'vitest'
import { storeOf } from '../testing/temp.ts'
import { Desk } from './desk.ts'

test('a thread that nobody asks is ended, and the next question is answered all the same', async () => {
  const desk = new Desk([storeOf('1.18.33')], 50)
  onTestFinished(() => desk.close())
  const counted = async () => (await desk.ask('stats', { limit: 1 })).total.sessions
  expect(desk.isRunning).toBe(false)
  const sessions = await counted()
  expect(sessions).toBeGreaterThan(0)
  await expect.poll(() => desk.isRunning, { timeout: 10_000 }).toBe(false)
  expect(await Promise.all([counted(), counted()])).toEqual([sessions, sessions])
  await expect.poll(() => desk.isRunning, { timeout: 10_000 }).toBe(false)
})
