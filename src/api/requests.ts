import * as v from 'valibot'
import { OcvaultError } from '../base/errors.ts'
import { keys } from '../stats/key-names.ts'

/**
 * What can be asked, as data that comes from elsewhere: a body, a query string, a tool's arguments. Whoever has types (the
 * command line, a program) takes the types of this file alone, which cost nothing; valibot is loaded with it only where something
 * is checked.
 */

const text = v.optional(v.string())
const texts = v.optional(v.pipe(v.array(v.string()), v.readonly()))
const yes = v.optional(v.boolean())
const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)))
/** ms since the epoch, or as a person writes it: `2026-08-01`, `yesterday`, `7d`. */
const time = v.optional(v.union([v.number(), v.string()]))
const archived = v.optional(v.picklist(['only', 'no']))
/** A directory: its project is meant. Without one, all projects. */
const project = text
/** `OLD` became `NEW`. */
const path = v.pipe(v.string(), v.nonEmpty())
const moved = v.optional(v.pipe(v.array(v.tuple([path, path])), v.readonly()))

const selection = {
  project,
  /** Words that title, id, slug or directory hold. */
  text: texts,
  since: time,
  until: time,
  agent: text,
  model: text,
  title: text,
  archived,
}

/** One session: an id, the beginning of one, or `latest`, which looks in the project. */
const named = { session: v.string(), project }

/** Sessions that are named, or else selected. */
const choice = { ...selection, sessions: texts }

const incoming = {
  /** The directory whose project they go to. */
  project,
  /** Directories that have moved, old and new. */
  map: moved,
  update: yes,
  asCopy: yes,
  dryRun: yes,
  /** A data directory, a home or a database instead of the machine's own. */
  root: text,
}

const schemas = {
  list: v.strictObject({
    ...selection,
    /** Also the sessions of subagents. */
    subagents: yes,
    /** Subagents follow the session that started them. */
    tree: yes,
    sort: v.optional(v.picklist(['updated', 'created', 'title', 'cost'])),
    limit: count,
    /** Cost and tokens also of sessions of which only their messages tell it: those of before 1.15, and previews. */
    usage: yes,
  }),
  show: v.strictObject({ ...named, last: count, message: text, tree: yes }),
  search: v.strictObject({
    /** As a person writes it: words, phrases, filters. */
    query: v.string(),
    session: text,
    project,
    /** The directory that a person stands in: where no project is asked for, sessions of this one come first. */
    here: text,
    since: time,
    until: time,
    archived,
    role: texts,
    kind: texts,
    tool: texts,
    agent: texts,
    model: texts,
    paths: texts,
    in: texts,
    case: yes,
    sort: v.optional(v.picklist(['relevance', 'newest', 'oldest'])),
    /** Only what this tier gives. */
    tier: v.optional(v.picklist(['exact', 'close', 'relevance'])),
    limit: count,
    context: count,
    /** False: everything is read. */
    index: yes,
  }),
  /** `index`: false reads everything. */
  similar: v.strictObject({ ...named, limit: count, index: yes }),
  /**
   * `check`: every page and index of each database is read, and what is damaged is among the problems; `deep`: and what its pages
   * could give is said.
   */
  where: v.strictObject({ session: text, project, check: yes, deep: yes }),
  export: v.strictObject({
    ...choice,
    format: v.picklist(['opencode', 'opencode2', 'jsonl', 'md', 'html', 'txt']),
    /** Whether subagents come with them; several sessions have them unless they are not wanted. */
    tree: yes,
  }),
  import: v.strictObject({
    ...incoming,
    paths: v.pipe(v.array(v.string()), v.readonly()),
    keepProject: yes,
    /** Which sessions that are there already, and are replaced, go to the project, too. */
    relocate: v.optional(v.picklist(['never', 'into-projects', 'always'])),
    into: v.optional(v.picklist(['v1', 'v2'])),
  }),
  restore: v.strictObject({
    ...incoming,
    archive: v.string(),
    sessions: texts,
    into: v.optional(v.picklist(['v1', 'v2', 'json'])),
  }),
  backup: v.strictObject({
    ...selection,
    /** A zip, or a folder that gets one. */
    output: text,
    /** Whether a file that is there is replaced. */
    replace: yes,
    /** Also OpenCode's snapshot repositories. */
    snapshots: yes,
  }),
  /** `to`: the folder of a mirror. */
  mirror: v.strictObject({ ...selection, to: path }),
  /** `sessions`: ids or their beginnings; default: all. */
  drill: v.strictObject({ archive: path, sessions: texts }),
  verify: v.strictObject({ archive: path }),
  index: v.strictObject({ rebuild: yes }),
  stats: v.strictObject({
    ...selection,
    /** By what rows are told apart: none, one, or two. */
    by: v.optional(v.pipe(v.array(v.picklist(keys)), v.maxLength(2), v.readonly())),
    /** The time zone that days are of, as `Europe/Berlin`; without one, this machine's. */
    tz: text,
    /** At most so many rows. */
    limit: count,
  }),
  statusLine: v.strictObject({ project, tz: text }),
  sessionStats: v.strictObject({ ...named, tz: text }),
  scan: v.strictObject({ ...choice, files: texts }),
  save: v.strictObject({
    /** Default: the one inside of which this runs, else the newest. */
    session: text,
    project,
    /** Commits the files, and nothing else. */
    commit: yes,
    /** Saves it also when it was taken out for everybody. */
    bringBack: yes,
    dryRun: yes,
  }),
  load: v.strictObject({ name: v.string(), root: text, dryRun: yes }),
  /** `project`: where `latest` looks. */
  move: v.strictObject({ sessions: v.pipe(v.array(v.string()), v.readonly()), to: path, project, roots: texts, dryRun: yes }),
  relink: v.strictObject({ from: path, to: path, roots: texts, force: yes, dryRun: yes }),
  /** `collect`: git packs what is kept, and removes states that are older than a week. */
  snapshots: v.strictObject({ roots: texts, clean: yes, collect: yes, dryRun: yes }),
  /** `events` of which sessions go: `all`, `none`, or those not updated since a time. */
  compact: v.strictObject({ root: text, events: text, dryRun: yes }),
  undo: v.strictObject({ change: text, roots: texts, force: yes, dryRun: yes }),
}

type Requests = { readonly [K in keyof typeof schemas]: Readonly<v.InferOutput<(typeof schemas)[K]>> }
export type RequestName = keyof Requests

/** What is asked, by the name of the question. */
export type Request<K extends RequestName> = Requests[K]

/** Which sessions of many are meant. */
export type Selection = Readonly<v.InferOutput<v.StrictObjectSchema<typeof selection, undefined>>>

/** Sessions by their names, or by a selection. */
export type Choice = Readonly<v.InferOutput<v.StrictObjectSchema<typeof choice, undefined>>>

/**
 * Checks a request that comes from outside.
 * @throws OcvaultError `usage` with the first thing that is wrong, and where it stands
 */
export function parseRequest<K extends RequestName>(name: K, value: unknown): Request<K> {
  const parsed = v.safeParse(schemas[name], value, { abortEarly: true })
  if (parsed.success) return parsed.output as Request<K>
  const [issue] = parsed.issues
  const place = v.getDotPath(issue)
  throw new OcvaultError('usage', `${name}${place === null ? '' : `: ${place}`}: ${issue.message}`)
}
