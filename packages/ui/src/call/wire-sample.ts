/** One HTTP request as code that sends it: curl, fetch in TypeScript, Python's standard library. */
import { base64 } from './compose.ts'

export type Language = 'curl' | 'typescript' | 'python'

export interface Sample {
  readonly code: string
  /** A file that the code reads, when the body is too big to stand in it. */
  readonly file?: { readonly name: string; readonly body: Blob }
}

export interface Target {
  /** The server's address, without a slash at its end. */
  readonly origin: string
  /** The version to pin, when not the one that serves. */
  readonly version?: string
}

/** A POST. */
export interface WireRequest {
  readonly path: string
  readonly contentType: string
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Blob
  /** What a file of the body is called, without its extension. */
  readonly name: string
  /** The member of the answer that is printed; all of it when absent. */
  readonly shows?: string
}

export type Body =
  | { readonly kind: 'json'; readonly text: string }
  | { readonly kind: 'base64'; readonly text: string }
  | { readonly kind: 'file'; readonly name: string; readonly blob: Blob }

const INLINE_BLOB_BYTES = 3072
const INLINE_JSON_CHARS = 6000

/** How the body stands in the code. Asynchronous because a blob is read to be shown. */
export async function describeBody({ body, name, contentType }: WireRequest): Promise<Body> {
  if (typeof body !== 'string') {
    if (body.size <= INLINE_BLOB_BYTES) return { kind: 'base64', text: await base64(body) }
    return { kind: 'file', name: `${name}.${extension(contentType)}`, blob: body }
  }
  if (body.length <= INLINE_JSON_CHARS) return { kind: 'json', text: body }
  return { kind: 'file', name: `${name}.json`, blob: new Blob([body], { type: contentType }) }
}

const extension = (contentType: string): string =>
  contentType
    .split('/')[1]
    ?.replace(/[^a-z0-9].*$/, '')
    .replace('jpeg', 'jpg')
    .replace('octet', 'bin') || 'bin'

/** Code that sends the request and prints the answer. */
export async function wireSample(language: Language, request: WireRequest, target: Target): Promise<Sample> {
  const body = await describeBody(request)
  return withFile({ curl, typescript: fetching, python }[language](request, target, body), body)
}

export const withFile = (code: string, body: Body): Sample =>
  body.kind === 'file' ? { code, file: { name: body.name, body: body.blob } } : { code }

function headersOf({ contentType, headers }: WireRequest, { version }: Target): readonly (readonly [string, string])[] {
  const pin: readonly (readonly [string, string])[] = version === undefined ? [] : [['x-slipway-version', version]]
  return [['content-type', contentType], ...Object.entries(headers ?? {}), ...pin]
}

function curl(request: WireRequest, target: Target, body: Body): string {
  const lines = [`curl ${shellQuote(target.origin + request.path)}`]
  for (const [name, value] of headersOf(request, target)) lines.push(`-H ${shellQuote(`${name}: ${value}`)}`)
  if (body.kind === 'json') lines.push(`--data-raw ${shellQuote(body.text)}`)
  if (body.kind === 'file') lines.push(`--data-binary @${body.name}`)
  if (body.kind === 'base64') lines.push(`--data-binary @<(base64 -d <<< ${body.text})`)
  return lines.join(' \\\n  ')
}

const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

function python(request: WireRequest, target: Target, body: Body): string {
  const headers = headersOf(request, target).map(([name, value]) => `${pythonText(name)}: ${pythonText(value)}`)
  const [imports, value] = pythonBody(body)
  return [
    `import ${[...imports, 'json'].sort().join(', ')}`,
    'from urllib.request import Request, urlopen',
    '',
    `body = ${value}`,
    'request = Request(',
    `    ${pythonText(target.origin + request.path)},`,
    '    data=body,',
    `    headers={${headers.join(', ')}},`,
    ')',
    'answer = json.load(urlopen(request))',
    `print(answer${request.shows === undefined ? '' : `[${pythonText(request.shows)}]`})`,
  ].join('\n')
}

function pythonBody(body: Body): [imports: string[], value: string] {
  if (body.kind === 'file') return [[], `open(${pythonText(body.name)}, "rb").read()`]
  if (body.kind === 'base64') return [['base64'], `base64.b64decode(${pythonText(body.text)})`]
  // JSON stands in a raw string, because its true, false and null are no Python.
  const plain = !body.text.includes("'''") && !body.text.endsWith("'")
  return [[], plain ? `r'''${body.text}'''.encode()` : `${pythonText(body.text)}.encode()`]
}

/** JSON's escapes are Python's, but for characters beyond 16 bits, which JSON.stringify leaves as they are. */
const pythonText = (text: string): string => JSON.stringify(text)

function fetching(request: WireRequest, target: Target, body: Body): string {
  const headers = headersOf(request, target).map(([name, value]) => `${literal(name)}: ${literal(value)}`)
  return [
    ...(body.kind === 'file' ? ["import { readFile } from 'node:fs/promises'", ''] : []),
    `const response = await fetch(${literal(target.origin + request.path)}, {`,
    "  method: 'POST',",
    `  headers: { ${headers.join(', ')} },`,
    `  body: ${fetchBody(body)},`,
    '})',
    'if (!response.ok) throw new Error(await response.text())',
    `console.log(${request.shows === undefined ? 'await response.json()' : `(await response.json())[${literal(request.shows)}]`})`,
  ].join('\n')
}

function fetchBody(body: Body): string {
  if (body.kind === 'file') return `await readFile(${literal(body.name)})`
  if (body.kind === 'base64') return `Uint8Array.from(atob(${literal(body.text)}), (sign) => sign.charCodeAt(0))`
  return literal(body.text)
}

/** A string of TypeScript, in the quotes that need the fewest escapes. */
function literal(text: string): string {
  if (/^[^'\\\n\r\u2028\u2029]*$/.test(text)) return `'${text}'`
  return JSON.stringify(text)
}
