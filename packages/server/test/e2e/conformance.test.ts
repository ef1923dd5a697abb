/** Every fixture model through the real command, in JSON and in binary, against what onnxruntime in Python answers. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { FIXTURES, type SlipwayProcess, startSlipway } from '../support/e2e/slipway-process.ts'
import {
  answerTensors,
  binaryRequest,
  type Case,
  type CaseTensor,
  caseValues,
  jsonRequest,
  type ModelCases,
  readCases,
  type Value,
  type WireBody,
} from '../support/e2e/wire.ts'

const TOLERANCE = 1e-5
/** Models for one server, so that memory stays small. */
const TOGETHER = 12

function isClose(actual: Value, expected: Value): boolean {
  if (typeof actual !== 'number' || typeof expected !== 'number') return actual === expected
  if (Object.is(actual, expected) || actual === expected) return true
  return Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected))
}

function assertSame(actual: ReturnType<typeof answerTensors>, expected: readonly CaseTensor[]): void {
  const kinds = (tensors: readonly { readonly name: string; readonly datatype: string; readonly shape: readonly number[] }[]) =>
    tensors.map(({ name, datatype, shape }) => ({ name, datatype, shape }))
  assert.deepEqual(kinds(actual), kinds(expected))
  for (const [index, wanted] of expected.entries()) {
    const values = actual[index]?.values ?? []
    const right = caseValues(wanted)
    assert.equal(values.length, right.length, `${wanted.name}: number of elements`)
    for (const [at, value] of right.entries())
      assert.ok(isClose(values[at] as Value, value), `${wanted.name}[${at}]: expected ${value}, got ${values[at]}`)
  }
}

async function ask(url: string, model: string, { body, headers }: WireBody) {
  const answer = await fetch(`${url}/v2/models/${model}/infer`, { method: 'POST', headers, body: Buffer.from(body) })
  const octets = new Uint8Array(await answer.arrayBuffer())
  assert.equal(answer.status, 200, new TextDecoder().decode(octets))
  return { tensors: answerTensors(octets, answer.headers.get('inference-header-content-length')), headers: answer.headers }
}

async function checkCase(url: string, model: string, { inputs, outputs }: Case): Promise<void> {
  const asJson = await ask(url, model, jsonRequest(inputs))
  assert.equal(asJson.headers.get('inference-header-content-length'), null)
  assertSame(asJson.tensors, outputs)
  const asBinary = await ask(url, model, binaryRequest(inputs))
  assert.notEqual(asBinary.headers.get('inference-header-content-length'), null)
  assertSame(asBinary.tensors, outputs)
}

const all = readCases()
test('there are at least 30 models', () => assert.ok(all.length >= 30, `cases.json has ${all.length}`))

for (let from = 0; from < all.length; from += TOGETHER) {
  const some: readonly ModelCases[] = all.slice(from, from + TOGETHER)
  describe(`models ${from + 1} to ${from + some.length}`, () => {
    let slipway: SlipwayProcess
    before(async () => {
      const paths = some.map(({ model }) => join(FIXTURES, `${model}.onnx`))
      slipway = await startSlipway({ paths, env: { SLIPWAY_REPLICAS_COUNT: '1' } })
    })
    after(async () => assert.equal(await slipway?.stop(), 0))
    for (const { model, cases } of some)
      test(`${model} answers as onnxruntime does`, async () => {
        for (const each of cases) await checkCase(slipway.url, model, each)
      })
  })
}
