import type { Found } from '../api/find.ts'
import type { resultJSON } from '../render/json/search-json.ts'
import type { sessionJSON } from '../render/json/session-json.ts'
import type { whereJSON } from '../render/json/where-json.ts'
import type { outlineJSON } from '../serve/outline-json.ts'
import type { Facets } from '../serve/roster.ts'

export type Session = ReturnType<typeof sessionJSON>
export type Result = ReturnType<typeof resultJSON>
export type Outline = ReturnType<typeof outlineJSON>

/** What the API answers, by its addresses. */
interface Answers {
  sessions: { readonly total: number; readonly offset: number; readonly sessions: readonly Session[] }
  facets: Facets
  search: { readonly results: readonly Result[]; readonly suggestion: string | null }
  stores: ReturnType<typeof whereJSON>
  outline: Outline
  find: { readonly found: readonly Found[] }
  tree: { readonly sessions: readonly { readonly session: Session; readonly depth: number }[] }
}

/** A request that the server answered with a reason why not. */
class Refused extends Error {}

/** Asks for an address of ours. @throws Refused with a sentence for a person */
export async function answered(path: string, signal?: AbortSignal): Promise<Response> {
  const answer = await fetch(path, signal ? { signal } : {})
  if (answer.ok) return answer
  // The server was started anew: the page before the door says what to do.
  if (answer.status === 401) location.reload()
  const text = await answer.text()
  const [, message] = /"message":"((?:[^"\\]|\\.)*)"/.exec(text) ?? []
  throw new Refused(message === undefined ? text : (JSON.parse(`"${message}"`) as string))
}

/** Asks the API. @throws Refused with a sentence for a person */
export async function ask<K extends keyof Answers>(path: string, signal?: AbortSignal): Promise<Answers[K]> {
  return (await (await answered(`/api/${path}`, signal)).json()) as Answers[K]
}

/** A piece of a page. @throws Refused with a sentence for a person */
export async function piece(path: string, signal?: AbortSignal): Promise<DocumentFragment> {
  const text = await (await answered(path, signal)).text()
  const template = document.createElement('template')
  template.innerHTML = text
  return template.content
}

export const sessionPath = (id: string) => `/s/${encodeURIComponent(id)}`
export const sessionAPI = (id: string) => `sessions/${encodeURIComponent(id)}`
