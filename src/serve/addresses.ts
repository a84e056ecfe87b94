import { BlockList, isIP } from 'node:net'
import { OcvaultError } from '../base/errors.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether nobody but this machine reaches an address or name. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  return family === 0 ? host === 'localhost' : loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/** An address as it stands in a URL. */
const inURL = (host: string) => (isIP(host) === 6 ? `[${host}]` : host)

export const originOf = (host: string, port: number): string => `http://${inURL(host)}:${port}`

/**
 * The origin under which a reverse proxy shows the pages.
 * @throws OcvaultError `usage` for anything but `https://host[:port]`, or the same with `http`
 */
export function publicOrigin(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const { protocol, pathname, search, hash, username } = parsed ?? {}
  const isPlain = /^https?:$/.test(protocol ?? '') && pathname === '/' && search === '' && hash === '' && username === ''
  if (!parsed || !isPlain) throw new OcvaultError('usage', `${url} is no address of a server, as https://sessions.example.org is`)
  return parsed.origin
}

/**
 * The origins that a browser may have come from: every one under which the pages are meant to be seen. A name that somebody else
 * lets point here (DNS rebinding) is none of them.
 */
export function knownOrigins(host: string, port: number, url: string | undefined): ReadonlySet<string> {
  const names = isLoopback(host) ? ['localhost', '127.0.0.1', '::1', host] : [host]
  return new Set([
    ...names.map((name) => new URL(originOf(name, port)).origin),
    ...(url === undefined ? [] : [publicOrigin(url)]),
  ])
}
