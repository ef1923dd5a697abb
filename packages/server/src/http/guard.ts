/**
 * Keeps web pages of strangers from using a server that trusts this machine: a page can send requests to 127.0.0.1,
 * and by DNS rebinding even read the answers. So a request must name us in Host, and come from us if it says an Origin.
 */
import { quoted, ServeError } from '@slipway/protocol'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Without the port. */
function hostName(authority: string): string {
  return authority.replace(/:\d+$/, '').toLowerCase()
}

export type Guard = (host: string | undefined, origin: string | undefined) => void

/** `checkHost` is for servers that trust whoever reaches them because only this machine can. Throws PERMISSION_DENIED. */
export function createGuard(options: { readonly checkHost: boolean; readonly allowedHosts: readonly string[] }): Guard {
  const names = new Set([...LOOPBACK_NAMES, ...options.allowedHosts.map((name) => name.toLowerCase())])
  // A browser repeats the same few values, so what was allowed once is looked up.
  const allowed = new Set<string>()
  return (host, origin) => {
    if (options.checkHost && (host === undefined || !(allowed.has(host) || names.has(hostName(host))))) {
      throw new ServeError(
        'PERMISSION_DENIED',
        `Host ${quoted(host ?? '')} is not a name of this server; call it as localhost, or add the name to allowedHosts`,
      )
    }
    if (host !== undefined && options.checkHost && allowed.size < 100) allowed.add(host)
    if (origin === undefined) return
    if (origin.replace(/^https?:\/\//, '').toLowerCase() === host?.toLowerCase()) return
    throw new ServeError(
      'PERMISSION_DENIED',
      `pages from ${quoted(origin)} may not call this server; open its own pages, or call it from a program`,
    )
  }
}
