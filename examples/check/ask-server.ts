/** Asks a running server over HTTP: tensors by the V2 protocol, files as the body of the plain API. */
import type { PredictAnswer } from '@slipway/protocol'
import type { Example } from '../../packages/server/src/models/examples.ts'
import type { ModelPackage } from '../../packages/server/src/models/package.ts'
import { type JsonOutput, outputsOf } from './outputs.ts'
import type { Ask } from './run.ts'

const DEADLINE_MS = 10_000

export function askServer(url: string, model: ModelPackage): Ask {
  return {
    answer: (example) => (example.file === undefined ? askTensors(url, model, example.request) : askFile(url, model, example.file)),
    close: async () => {},
  }
}

async function askTensors(url: string, { name }: ModelPackage, request: unknown): Promise<readonly JsonOutput[]> {
  const body = JSON.stringify(request)
  return outputsOf(await post(new URL(`/v2/models/${name}/infer`, url), { type: 'application/json', body }))
}

async function askFile(url: string, model: ModelPackage, file: NonNullable<Example['file']>): Promise<readonly JsonOutput[]> {
  const address = new URL(`/api/v1/models/${model.name}/predict`, url)
  const answer = (await post(address, { type: file.contentType, body: Uint8Array.from(file.bytes) })) as PredictAnswer
  return Object.entries(answer.outputs).map(([name, nested]) => {
    const datatype = model.facts.signature.outputs.find((output) => output.name === name)?.datatype ?? 'an output that the model has not'
    return { name, datatype, shape: shapeOf(nested), data: [nested] }
  })
}

function shapeOf(nested: unknown): readonly number[] {
  return Array.isArray(nested) ? [nested.length, ...(nested.length > 0 ? shapeOf(nested[0]) : [])] : []
}

async function post(
  address: URL,
  { type, body }: { readonly type: string; readonly body: string | Uint8Array<ArrayBuffer> },
): Promise<unknown> {
  const headers = { 'content-type': type }
  const response = await fetch(address, { method: 'POST', headers, body, signal: AbortSignal.timeout(DEADLINE_MS) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${address.pathname} answered ${response.status}: ${text.slice(0, 500)}`)
  return JSON.parse(text)
}
