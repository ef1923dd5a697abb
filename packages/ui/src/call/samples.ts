/** The same call for a terminal, for TypeScript and for Python: what is copied is what the playground sends. */
import type { Call } from './compose.ts'
import { formatJson, RawJson, readJson, writeJson } from './exact-json.ts'
import { type Body, describeBody, type Language, type Sample, type Target, type WireRequest, wireSample, withFile } from './wire-sample.ts'

/** Code that makes the call; in TypeScript with the client. Asynchronous because a picture is read to be shown. */
export async function sample(language: Language, call: Call, target: Target): Promise<Sample> {
  const request = wireOf(call)
  if (language !== 'typescript') return wireSample(language, request, target)
  const body = await describeBody(request)
  return withFile(typescript(call, target, body), body)
}

const wireOf = ({ model, contentType, body }: Call): WireRequest => ({
  path: `/api/v1/models/${encodeURIComponent(model)}/predict`,
  contentType,
  body,
  name: model,
  shows: 'outputs',
})

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
