import { Buffer } from 'node:buffer'
import { Clock } from './clock.ts'
import type { Message, Project, Session, Todo, Writer } from './model.ts'
import type { Plan } from './plan.ts'
import { choosePlace, chooseProject, makeProjects } from './projects.ts'
import { Random } from './random.ts'
import { TextSource } from './text.ts'
import { chooseLanguage, makeSlug, makeTitle } from './titles.ts'
import { type Brief, type Task, Transcript } from './transcript.ts'

export interface Totals {
  sessions: number
  messages: number
  parts: number
  textBytes: number
  /** The newest root session. */
  latest: Session | undefined
}

const models = [
  { id: 'claude-sonnet-4-5', providerID: 'anthropic', variant: 'default' },
  { id: 'gpt-5.2', providerID: 'openai', variant: 'high' },
  { id: 'qwen3-coder', providerID: 'openrouter', variant: 'default' },
]
/** What a subagent may not do; a root session started from the terminal has no rules of its own. */
const deniedToChildren = ['todowrite', 'task'].map((permission) => ({ permission, pattern: '*', action: 'deny' }))

/**
 * Writes the first `roots` root sessions of a plan, oldest first, each followed by its subagents.
 * The same plan and scale give the same content whichever writer takes it.
 */
export function writeSessions(plan: Plan, roots: number, scale: number, writer: Writer): Totals {
  const text = new TextSource(plan.seed, scale)
  const projects = makeProjects()
  const totals: Totals = { sessions: 0, messages: 0, parts: 0, textBytes: 0, latest: undefined }
  writer.projects(projects)
  for (let root = 0; root < roots; root++) totals.latest = writeRoot(plan, root, projects, text, writer, totals)
  return totals
}

function writeRoot(
  plan: Plan,
  root: number,
  projects: readonly Project[],
  text: TextSource,
  writer: Writer,
  totals: Totals,
): Session {
  const random = new Random(plan.seed, root, 0x10000)
  const clock = new Clock(plan.start(root), random)
  const newest = root === plan.roots - 1
  const project = newest ? projects[0]! : chooseProject(projects, random)
  const place = newest ? { directory: project.worktree, path: '' } : choosePlace(project, random)
  const language = newest ? 'en' : chooseLanguage(random)
  const title = makeTitle(random, language, text)
  const session = newSession(clock, random, {
    projectID: project.id,
    parentID: null,
    ...place,
    title,
    agent: random.chance(0.9) ? 'build' : 'plan',
  })
  if (random.chance(0.08)) session.todos = makeTodos(random, text)
  const tasks: { task: Task; child: Session; random: Random; clock: Clock }[] = []
  const brief: Brief = {
    messages: plan.messages(root),
    children: plan.children(root),
    childMessages: (index) => plan.childMessages(root, index),
    language,
    marker: plan.marker(root),
    task: undefined,
  }
  const worktree = project.worktree
  const transcript = new Transcript(session, brief, { root: worktree, clock, random, text }, (task) => {
    const childRandom = new Random(plan.seed, root, 0x20000 + task.index)
    const childClock = new Clock(task.started, childRandom)
    const child = newSession(childClock, childRandom, {
      ...session,
      parentID: session.id,
      title: `${task.description} (@${task.agent} subagent)`,
      agent: task.agent,
    })
    tasks.push({ task, child, random: childRandom, clock: childClock })
    return child.id
  })
  writeSession(session, transcript, writer, totals, () => {
    if (!newest && random.chance(0.04)) session.archived = session.updated + random.between(60_000, 86_400_000)
  })
  for (const { task, child, random, clock } of tasks) {
    const childBrief = {
      ...brief,
      messages: brief.childMessages(task.index),
      children: 0,
      language: 'en' as const,
      marker: undefined,
      task,
    }
    const childTranscript = new Transcript(child, childBrief, { root: worktree, clock, random, text }, () => '')
    writeSession(child, childTranscript, writer, totals, () => {})
  }
  return session
}

function writeSession(session: Session, transcript: Transcript, writer: Writer, totals: Totals, finish: () => void): void {
  writer.begin(session)
  for (const message of transcript.messages()) {
    writer.message(session, message)
    totals.messages++
    totals.parts += message.parts.length
    totals.textBytes += textBytes(message)
  }
  finish()
  writer.end(session)
  totals.sessions++
}

type Given = Pick<Session, 'projectID' | 'parentID' | 'directory' | 'path' | 'title' | 'agent'> & {
  readonly model?: Session['model']
}

function newSession(clock: Clock, random: Random, given: Given): Session {
  const { projectID, parentID, directory, path, title, agent } = given
  return {
    id: clock.id('ses'),
    projectID,
    parentID,
    slug: makeSlug(random),
    directory,
    path,
    title,
    version: '1.18.33',
    agent,
    model: given.model ?? random.pick(models),
    permission: parentID === null ? [] : deniedToChildren,
    created: clock.now,
    updated: clock.now,
    archived: null,
    cost: 0,
    tokens: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
    diffs: [],
    todos: [],
  }
}

function makeTodos(random: Random, text: TextSource): Todo[] {
  return Array.from({ length: random.between(2, 6) }, (_item, i) => ({
    id: String(i + 1),
    content: text.phrase(random, 5),
    status: i === 0 ? 'completed' : i === 1 ? 'in_progress' : 'pending',
    priority: random.pick(['high', 'medium', 'low']),
  }))
}

/** UTF-8 bytes of what people, models and tools wrote. */
function textBytes(message: Message): number {
  let bytes = 0
  for (const { data } of message.parts) {
    if (data.type === 'text' || data.type === 'reasoning') bytes += Buffer.byteLength(data.text)
    else if (data.type === 'tool')
      bytes += Buffer.byteLength(data.state.status === 'completed' ? data.state.output : data.state.error)
  }
  return bytes
}
