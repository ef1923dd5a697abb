/** SageMaker's scripts get the caller's own body and write their own answer, as in its containers. Source: aws/sagemaker-inference-toolkit, transformer.py. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ModelInfo, tensor } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { encodeNpy } from '../../src/dialects/bodies/npy.ts'
import { IN_ENVIRONMENTS } from '../support/python.ts'
import { serviceOf } from '../support/service.ts'
import { folderWith } from '../support/temporary-folder.ts'

const MANIFEST = 'signature: { inputs: { x: { datatype: FP64, shape: [-1, 2] } }, outputs: { y: { datatype: FP64, shape: [-1] } } }\n'
/** Tells what came, so that nothing of it can be lost unseen. */
const OWN = `import json
import numpy as np

def model_fn(model_dir):
    return np.array([1.0, 10.0])

def input_fn(body, content_type):
    if content_type == "application/json":
        value = json.loads(body)
        return np.array(value) if isinstance(value, list) else [type(body).__name__, content_type, value]
    if content_type == "application/x-broken":
        raise ValueError("no such thing")
    return [type(body).__name__, content_type, body if isinstance(body, str) else body.hex()]

def predict_fn(data, model):
    return data @ model if isinstance(data, np.ndarray) else data

def output_fn(prediction, accept):
    if accept == "application/x-own":
        return bytes([0, 255, 10]), "application/x-own; a=b"
    if isinstance(prediction, np.ndarray):
        return json.dumps(prediction.tolist())
    return json.dumps([*prediction, accept])
`
const USUAL = `import numpy as np

def model_fn(model_dir):
    return np.array([1.0, 10.0])

def input_fn(body, content_type):
    return np.array([[float(cell) for cell in body.decode().split("|")]])

def predict_fn(data, model):
    return data @ model
`
const NEITHER = `import numpy as np

def model_fn(model_dir):
    return np.array([1.0, 10.0])

def predict_fn(data, model):
    return data @ model
`
const WRITES = `${NEITHER}
def output_fn(prediction, accept):
    return repr(prediction.tolist()), "text/plain"
`
const TRANSFORM = `def model_fn(model_dir):
    return 3

def transform_fn(model, body, content_type, accept, context):
    return f"{model} {body} {content_type} {accept} {context}", "text/plain"
`
describe('a script of SageMaker', needs('python'), () => {
  const serving = async (code: string, manifest = '') => {
    const folder = await folderWith({ 'm/model.yaml': MANIFEST + manifest, 'm/1/inference.py': code })
    const service = await serviceOf([folder], IN_ENVIRONMENTS)
    assert.deepEqual(service.refused(), [])
    const ask = async (body: string | Uint8Array, headers: Readonly<Record<string, string>>) => {
      const answer = await fetch(`${service.url}/invocations`, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> })
      const type = answer.headers.get('content-type')
      return { status: answer.status, type, octets: Buffer.from(await answer.arrayBuffer()), headers: answer.headers }
    }
    return { url: service.url, ask, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
  }
  const json = (type: string) => ({ 'content-type': type })

  test('gets the body and its type as they came, and the accept', async () => {
    await using server = await serving(OWN)
    const told = async (body: string | Uint8Array, headers: Readonly<Record<string, string>>) => {
      const { status, octets } = await server.ask(body, headers)
      assert.equal(status, 200, octets.toString())
      return JSON.parse(octets.toString()) as unknown
    }
    assert.deepEqual(await told('[[1, 2], [3, 4]]', json('application/json')), [21, 43])
    assert.deepEqual(await told('1;é', json('text/csv')), ['str', 'text/csv', '1;é', 'application/json'])
    const picture = Uint8Array.of(0x89, 0x50, 0, 255)
    assert.deepEqual(await told(picture, { ...json('image/png'), accept: 'text/plain;q=1' }), [
      'bytes',
      'image/png',
      '895000ff',
      'text/plain;q=1',
    ])
    // What MLflow's protocol means by these is nothing to a script that reads its bodies itself.
    const instances = { instances: [1], signature_name: 'x' }
    assert.deepEqual(await told(JSON.stringify(instances), json('application/json')), [
      'str',
      'application/json',
      instances,
      'application/json',
    ])
    const own = await server.ask('{}', {
      ...json('application/json'),
      accept: 'application/x-own',
      'x-amzn-sagemaker-custom-attributes': 'trace=7',
    })
    assert.deepEqual([own.type, own.octets.toString('hex')], ['application/x-own; a=b', '00ff0a'])
    assert.equal(own.headers.get('x-amzn-sagemaker-custom-attributes'), 'trace=7')
    const broken = await server.ask('', json('application/x-broken'))
    assert.equal(broken.status, 400)
    assert.match(broken.octets.toString(), /no such thing/)
    // Everywhere else it is asked with tensors.
    const inputs = [{ name: 'x', datatype: 'FP64', shape: [1, 2], data: [1, 2] }]
    const v2 = await fetch(`${server.url}/v2/models/m/infer`, { method: 'POST', body: JSON.stringify({ inputs }) })
    assert.deepEqual(((await v2.json()) as { outputs: unknown }).outputs, [{ name: 'y', datatype: 'FP64', shape: [1], data: [21] }])
    const hidden = ['body', 'content_type', 'accept'].map((name) => ({
      name: `slipway.${name}`,
      datatype: 'BYTES',
      shape: [1],
      data: ['x'],
    }))
    const refused = await fetch(`${server.url}/v2/models/m/infer`, { method: 'POST', body: JSON.stringify({ inputs: hidden }) })
    assert.equal(refused.status, 400)
  })

  test('without output_fn answers JSON, CSV or NumPy, as is accepted', async () => {
    await using server = await serving(USUAL)
    const of = async (accept: string) => server.ask('1|2', { ...json('application/x-bars'), accept })
    for (const accept of ['application/json', '*/*']) {
      const { type, octets } = await of(accept)
      assert.deepEqual([type, octets.toString()], ['application/json', '[21.0]'])
    }
    const csv = await of('text/csv')
    assert.deepEqual([csv.type, csv.octets.toString()], ['text/csv', '21.0\n'])
    const npy = await of('application/x-npy')
    assert.equal(npy.type, 'application/x-npy')
    assert.deepEqual(npy.octets, Buffer.from(encodeNpy(tensor('FP64', [1], Float64Array.of(21)))))
    assert.equal((await of('image/png')).status, 406)
  })

  test('without input_fn reads JSON, CSV and NumPy', async () => {
    await using server = await serving(WRITES)
    const bodies: readonly (readonly [string, string | Uint8Array])[] = [
      ['application/json', '[[1, 2], [3, 4]]'],
      ['text/csv; charset=utf-8', '1,2\n3,4\n'],
      ['application/x-npy', encodeNpy(tensor('FP64', [2, 2], Float64Array.of(1, 2, 3, 4)))],
    ]
    for (const [type, body] of bodies) {
      const { type: answered, octets } = await server.ask(body, json(type))
      assert.deepEqual([answered, octets.toString()], ['text/plain', '[21.0, 43.0]'], type)
    }
    assert.equal((await server.ask('x', json('image/png'))).status, 415)
    assert.equal((await server.ask('{', json('application/json'))).status, 400)
  })

  test('answers bodies and tensors at once where rows are joined', async () => {
    await using server = await serving(OWN, 'python: { batched: true }\n')
    const tensors = async (value: number) => {
      const inputs = [{ name: 'x', datatype: 'FP64', shape: [1, 2], data: [value, 0] }]
      const answer = await fetch(`${server.url}/v2/models/m/infer`, { method: 'POST', body: JSON.stringify({ inputs }) })
      return ((await answer.json()) as { outputs: { data: unknown }[] }).outputs[0]?.data
    }
    const body = async (value: number) =>
      JSON.parse((await server.ask(`[[${value}, 0], [0, 1]]`, json('application/json'))).octets.toString()) as unknown
    const values = Array.from({ length: 100 }, (_, index) => index)
    const answers = await Promise.all(values.map((value) => Promise.all([tensors(value), body(value)])))
    assert.deepEqual(
      answers,
      values.map((value) => [[value], [value, 10]]),
    )
    const info = (await (await fetch(`${server.url}/api/v1/models/m`)).json()) as ModelInfo
    assert.equal(info.batching.on, true)
  })

  test('with transform_fn gets all at once, and one with neither is asked with tensors', async () => {
    await using server = await serving(TRANSFORM)
    const { octets } = await server.ask('abc', { ...json('text/csv'), accept: 'x/y' })
    assert.equal(octets.toString(), '3 abc text/csv x/y None')
    await using tensors = await serving(NEITHER)
    assert.equal((await tensors.ask('[[1, 2]]', json('application/json'))).octets.toString(), '{"predictions":[21]}')
  })
})
