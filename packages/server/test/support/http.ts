/** Requests to `handle` without a socket. */
import type { HttpRequest } from '../../src/http/route.ts'

export interface FakeRequest {
  readonly method?: string
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

export function fakeRequest({ method = 'GET', target = '/', headers = {}, body = '' }: FakeRequest): HttpRequest {
  const bytes = Buffer.from(body as Uint8Array)
  const all: Readonly<Record<string, string>> = { host: '127.0.0.1:8080', 'content-length': String(bytes.byteLength), ...headers }
  return {
    method,
    target,
    header: (name) => (Object.hasOwn(all, name) ? all[name] : undefined),
    read: async () => bytes,
    signal: { aborted: false },
  }
}
