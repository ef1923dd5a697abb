/** What every refusal of the server must look like, and that the server is none the worse for it. */
import assert from 'node:assert/strict'
import type { SlipwayProcess } from './slipway-process.ts'

const MOST_BYTES = 4096
/** The longest stretch of a caller's own text that may come back: tests send runs of one letter. */
const ECHO = /(.)\1{200}/
const INTERNALS = /\/work|\/tmp|\/home|\/root|\/proc|node_modules|node:internal|file:\/\/\/|\.[jt]s:\d|\n\s*at |\bat \w+[\w.<> ]* \(/

type Parsed = Readonly<Record<string, unknown>>

/** Where each dialect has the sentence of an error, by the keys of the body. */
const SENTENCES: Readonly<Record<string, (body: Parsed) => unknown>> = {
  error: ({ error }) => error,
  // Azure ML, TorchServe, MLflow.
  message: ({ message }) => message,
  'code,type,message': ({ message }) => message,
  'error_code,message': ({ message }) => message,
  // Cog.
  detail: ({ detail }) => (Array.isArray(detail) ? (detail as readonly { readonly msg: unknown }[])[0]?.msg : detail),
  'detail,status,error': ({ detail }) => detail,
  // Seldon.
  status: ({ status }) => (status as { readonly info: unknown }).info,
}

/** The message of a refusal, after its form has been checked: JSON in some dialect's shape with one short sentence, without anything of the inside. */
export function refusalOf(body: string): string {
  assert.ok(Buffer.byteLength(body) <= MOST_BYTES, `an error of ${Buffer.byteLength(body)} octets`)
  let parsed: Parsed
  try {
    parsed = JSON.parse(body)
  } catch {
    assert.fail(`an error that is no JSON: ${JSON.stringify(body.slice(0, 300))}`)
  }
  const sentence = SENTENCES[Object.keys(parsed).join()]
  assert.ok(sentence !== undefined, `an error in no dialect's shape: ${body}`)
  const error = sentence(parsed)
  assert.ok(typeof error === 'string' && error.length > 10, `an error without a sentence: ${body}`)
  assert.doesNotMatch(error, INTERNALS)
  assert.doesNotMatch(error, ECHO)
  return error
}

/** A refusal of this status whose sentence says this. */
export function assertRefused(answer: { readonly status: number; readonly body: string }, status: number, says: RegExp): void {
  assert.equal(answer.status, status, answer.body)
  assert.match(refusalOf(answer.body), says)
}

const GOOD_ROW = [1.5, -2.25, 0, 1024]

/** The server is live, and the model `echo` answers rightly. */
export async function assertUnharmed({ url }: Pick<SlipwayProcess, 'url'>): Promise<void> {
  const [live, good] = await Promise.all([
    fetch(`${url}/v2/health/live`),
    fetch(`${url}/v2/models/echo/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: GOOD_ROW }] }),
    }),
  ])
  assert.equal(live.status, 200)
  await live.body?.cancel()
  const answer = (await good.json()) as { outputs?: readonly [{ data: readonly number[] }] }
  assert.deepEqual(answer.outputs?.[0].data, GOOD_ROW, JSON.stringify(answer))
}
