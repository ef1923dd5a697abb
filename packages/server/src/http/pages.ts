/** The web UI: static files, read once when the server starts. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { errorJson, json, text } from './respond.ts'
import type { Call, HttpResponse, Route } from './route.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
}

/** What a page of ours may do: only what it ships, only with this server, in no frame of anyone. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

const YEAR = 'public, max-age=31536000, immutable'

/** Routes of the UI in `folder`; with a hint instead of a page when it has not been built. */
export async function pageRoutes(folder: string): Promise<readonly Route[]> {
  const files = await readFiles(folder)
  const index = files.get('index.html')
  const page = (call: Call): HttpResponse => {
    const accept = call.header('accept') ?? ''
    // Health for those who read no pages: Azure ML's text, else KServe's JSON. Probes of both look at the status.
    if (!accept.includes('text/html')) return accept.includes('text/plain') ? text('Healthy') : json({ status: 'alive' })
    if (index !== undefined) return index
    return {
      status: 503,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'The pages have not been built. Run: npm run build\nThe API works: GET /api/v1/models\n',
    }
  }
  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, access: 'public', handle, problem: errorJson })
  return [
    get('/', page),
    // The UI's own addresses follow the #, so that it works below any path; one typed as a path is led there.
    get('/models/:model', (call) => redirect(`../#/models/${encodeURIComponent(call.params.model as string)}`)),
    ...[...files].filter(([name]) => name !== 'index.html').map(([name, file]) => get(`/${name}`, () => file)),
  ]
}

const redirect = (location: string): HttpResponse => ({ status: 302, headers: { location }, body: '' })

async function readFiles(folder: string): Promise<ReadonlyMap<string, HttpResponse>> {
  const files = new Map<string, HttpResponse>()
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).split(sep).join('/')
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    const caching = name.startsWith('assets/') ? YEAR : 'no-cache'
    files.set(name, {
      status: 200,
      headers: { 'content-type': type, 'cache-control': caching, ...PAGE_HEADERS },
      body: await readFile(path),
    })
  }
  return files
}
