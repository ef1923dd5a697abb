/** The same call for a terminal, for TypeScript and for Python: what is copied is what the playground sends. */
import { base64, type Call } from './compose.ts'
import { formatJson, RawJson, readJson, writeJson } from './exact-json.ts'

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

const INLINE_PICTURE_BYTES = 3072
const INLINE_JSON_CHARS = 6000

/** Code that makes the call. Asynchronous because a picture is read to be shown. */
export async function sample(language: Language, call: Call, target: Target): Promise<Sample> {
  const body = await describeBody(call)
  const code = { curl: curl, typescript: typescript, python: python }[language](call, target, body)
  return body.kind === 'file' ? { code, file: { name: body.name, body: body.blob } } : { code }
}

type Body =
  | { readonly kind: 'json'; readonly text: string }
  | { readonly kind: 'base64'; readonly text: string }
  | { readonly kind: 'file'; readonly name: string; readonly blob: Blob }

async function describeBody(call: Call): Promise<Body> {
  if (typeof call.body !== 'string') {
    if (call.body.size <= INLINE_PICTURE_BYTES) return { kind: 'base64', text: await base64(call.body) }
    return { kind: 'file', name: `${call.model}.${extension(call.contentType)}`, blob: call.body }
  }
  if (call.body.length <= INLINE_JSON_CHARS) return { kind: 'json', text: call.body }
  return { kind: 'file', name: `${call.model}.json`, blob: new Blob([call.body], { type: call.contentType }) }
}

const extension = (contentType: string): string =>
  contentType
    .split('/')[1]
    ?.replace(/[^a-z0-9].*$/, '')
    .replace('jpeg', 'jpg') || 'bin'
const predictUrl = (call: Call, target: Target): string => `${target.origin}/api/v1/models/${encodeURIComponent(call.model)}/predict`

function curl(call: Call, target: Target, body: Body): string {
  const lines = [`curl ${shellQuote(predictUrl(call, target))}`, `-H ${shellQuote(`content-type: ${call.contentType}`)}`]
  if (target.version !== undefined) lines.push(`-H ${shellQuote(`x-slipway-version: ${target.version}`)}`)
  if (body.kind === 'json') lines.push(`--data-raw ${shellQuote(body.text)}`)
  if (body.kind === 'file') lines.push(`--data-binary @${body.name}`)
  if (body.kind === 'base64') lines.push(`--data-binary @<(base64 -d <<< ${body.text})`)
  return lines.join(' \\\n  ')
}

const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

function python(call: Call, target: Target, body: Body): string {
  const headers = [`"content-type": ${pythonText(call.contentType)}`]
  if (target.version !== undefined) headers.push(`"x-slipway-version": ${pythonText(target.version)}`)
  const [imports, value] = pythonBody(body)
  return [
    `import ${[...imports, 'json'].sort().join(', ')}`,
    'from urllib.request import Request, urlopen',
    '',
    `body = ${value}`,
    'request = Request(',
    `    ${pythonText(predictUrl(call, target))},`,
    '    data=body,',
    `    headers={${headers.join(', ')}},`,
    ')',
    'answer = json.load(urlopen(request))',
    'print(answer["outputs"])',
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

function typescript(call: Call, target: Target, body: Body): string {
  const origin = JSON.stringify(target.origin)
  const pin = target.version === undefined ? '' : `, { version: ${JSON.stringify(target.version)} }`
  const [before, inputs] = typescriptInputs(call, body)
  return [
    ...(body.kind === 'file' ? ["import { readFile } from 'node:fs/promises'"] : []),
    "import { Slipway } from '@slipway/client'",
    '',
    `const slipway = new Slipway(${origin})`,
    `const model = slipway.model(${JSON.stringify(call.model)}${pin})`,
    ...before,
    `const answer = await model.predict(${inputs})`,
    'console.log(answer)',
  ].join('\n')
}

function typescriptInputs(call: Call, body: Body): [before: string[], inputs: string] {
  const picture = [...call.inputs].find(([, value]) => value instanceof Blob)?.[0]
  if (picture !== undefined) {
    const type = `{ type: ${JSON.stringify(call.contentType)} }`
    const bytes =
      body.kind === 'base64'
        ? `Uint8Array.from(atob(${JSON.stringify(body.text)}), (c) => c.charCodeAt(0))`
        : body.kind === 'file'
          ? `await readFile(${JSON.stringify(body.name)})`
          : ''
    return [[`const picture = new Blob([${bytes}], ${type})`], `{ ${propertyName(picture)}: picture }`]
  }
  if (body.kind === 'file') return [[`const { inputs } = JSON.parse(await readFile(${JSON.stringify(body.name)}, 'utf8'))`], 'inputs']
  return [[], call.inputs.size > 0 ? typescriptLiteral(call.inputs) : typedInputs(call.body as string)]
}

function typescriptLiteral(inputs: ReadonlyMap<string, unknown>): string {
  const entries = [...inputs].map(([name, value]) => `${propertyName(name)}: ${value instanceof RawJson ? value.text : literal(value)}`)
  const line = `{ ${entries.join(', ')} }`
  return line.length <= 88 ? line : `{\n${entries.map((entry) => `  ${entry},`).join('\n')}\n}`
}

/** A nested value as source: bigints past 2^53-1 keep their digits. */
function literal(value: unknown): string {
  if (typeof value === 'bigint') return value >= -(2n ** 53n) && value <= 2n ** 53n ? value.toString() : `${value}n`
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  return writeJson(value)
}

function typedInputs(body: string): string {
  const parsed = readJson(body)
  return typeof parsed === 'object' && parsed !== null && 'inputs' in parsed ? formatJson(parsed.inputs) : formatJson(parsed)
}

const propertyName = (name: string): string => {
  if (name === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
}
