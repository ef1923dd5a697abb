/** Python projects of every shape that needs numpy alone, in the real server: their environment is built by pip or uv from the registry. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { decodeInferResponse, encodeInferRequest, type ModelInfo, tensor } from '@slipway/protocol'
import { create } from 'tar'
import { needs } from '../../../../scripts/requirement.ts'
import { startSlipway, until } from '../support/e2e/slipway-process.ts'
import { type Message, stub } from '../support/grpc.ts'
import { ENVIRONMENTS, IN_ENVIRONMENTS, ROWS, SUMS, UNTYPED } from '../support/python.ts'
import { serviceOf } from '../support/service.ts'
import { folderWith } from '../support/temporary-folder.ts'

const SAGEMAKER = `import json
import numpy as np

def model_fn(model_dir):
    return np.loadtxt(model_dir + "/weights.txt")

def input_fn(body, content_type):
    assert content_type == "application/json", content_type
    return np.array(json.loads(body))

def predict_fn(data, model):
    return data @ model

def output_fn(prediction, accept):
    return json.dumps(prediction.tolist())
`
const TRUSS = `class Model:
    def __init__(self, config, **kwargs):
        self.name = config["model_name"]
    def load(self):
        self.factor = 3
    def preprocess(self, request):
        return request["values"]
    def predict(self, values):
        return [value * self.factor for value in values]
    def postprocess(self, values):
        return {"name": self.name, "values": values}
`
const LOCAL = { SLIPWAY_ENVIRONMENTS_FOLDER: ENVIRONMENTS, SLIPWAY_STORE_URL: 'memory:' }
const SIDES = 'signature: { inputs: { x: { datatype: FP64, shape: [-1, 2] } }, outputs: { y: { datatype: FP64, shape: [-1] } } }'
const EXAMPLE = {
  request: { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] },
  response: { outputs: [{ name: 'twice', datatype: 'FP32', shape: [1, 2], data: [2, 4] }] },
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Message }
}

async function project(): Promise<string> {
  const folder = await folderWith({
    'sums/model.py': SUMS,
    'rows/1/model.py': ROWS,
    'told/model.yaml': SIDES,
    'told/1/': '',
    'shown/examples/one.json': JSON.stringify(EXAMPLE),
    'shown/1/model.py': UNTYPED,
    'truss/config.yaml': 'model_name: thrice\npython_version: py311\n',
    'truss/model/model.py': TRUSS,
  })
  const inside = await folderWith({ 'code/inference.py': SAGEMAKER, 'weights.txt': '1 10\n' })
  await create({ gzip: true, file: join(folder, 'told/1/model.tar.gz'), cwd: inside, portable: true }, readdirSync(inside))
  return folder
}

describe('Python models', needs('python'), () => {
  test('answer by every dialect, and say what they are', async () => {
    await using service = await serviceOf([await project()], { ...IN_ENVIRONMENTS, defaultModel: 'sums' })
    const { url } = service
    assert.deepEqual(service.refused(), [])
    const rows = [
      [1, 1, 1, 1],
      [0, 0, 0, 2],
    ]
    const x = { name: 'x', datatype: 'FP32', shape: [2, 4], data: rows.flat() }
    const v2 = await post(`${url}/v2/models/sums/infer`, { inputs: [x] })
    assert.deepEqual(v2.body.outputs, [{ name: 'output', datatype: 'FP32', shape: [2], data: [10, 8] }])
    assert.deepEqual((await post(`${url}/v1/models/sums:predict`, { instances: rows })).body, { predictions: [10, 8] })
    assert.deepEqual((await post(`${url}/invocations`, { inputs: rows })).body, { predictions: [10, 8] })
    assert.deepEqual((await post(`${url}/api/v1/models/sums/predict`, { inputs: { x: rows } })).body.outputs, { output: [10, 8] })

    const binary = encodeInferRequest(
      { inputs: new Map([['x', tensor('FP32', [2, 4], Float32Array.from(rows.flat()))]]) },
      { binary: true },
    )
    const headers = { 'inference-header-content-length': String(binary.headerLength) }
    const answer = await fetch(`${url}/v2/models/sums/infer`, { method: 'POST', headers, body: Buffer.from(binary.body) })
    assert.equal(answer.status, 200)
    const length = Number(answer.headers.get('inference-header-content-length'))
    const decoded = decodeInferResponse(new Uint8Array(await answer.arrayBuffer()), length)
    assert.deepEqual([...(decoded.outputs.get('output')?.data ?? [])], [10, 8])

    const client = stub(service.grpc as string, 'inference.GRPCInferenceService')
    try {
      const contents = { fp32_contents: rows.flat() }
      const told = await client.call('ModelInfer', {
        model_name: 'sums',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 4], contents }],
      })
      assert.deepEqual(new Float32Array(Uint8Array.from(told.raw_output_contents[0]).buffer), Float32Array.of(10, 8))
    } finally {
      client.close()
    }

    const page = await fetch(url, { headers: { accept: 'text/html' } })
    assert.equal(page.status, 200)
    const info = (await (await fetch(`${url}/api/v1/models/sums`)).json()) as ModelInfo
    const { packager, entry, environment, signatureFrom } = info.python ?? assert.fail('it is a Python model')
    assert.deepEqual([packager, entry], ['slipway', 'model.py:predict'])
    assert.match(environment.id, /^[0-9a-f]{16}$/)
    assert.match(environment.pythonVersion, /^3\.\d+\.\d+$/)
    assert.deepEqual(signatureFrom, { inputs: 'type hints', outputs: 'type hints' })
    assert.equal(info.batching.on, true)
    assert.match(info.batching.why, /two rows/)
  })

  test('of every shape take what they say they take, and the signature is found where it stands', async () => {
    await using service = await serviceOf([await project()], IN_ENVIRONMENTS)
    const { url } = service
    const infer = async (model: string, ...inputs: readonly unknown[]) =>
      (await post(`${url}/v2/models/${model}/infer`, { inputs })).body.outputs
    const from = async (model: string) =>
      ((await (await fetch(`${url}/api/v1/models/${model}`)).json()) as ModelInfo).python?.signatureFrom.inputs
    const city = { name: 'city', datatype: 'BYTES', shape: [2], data: ['zürich', 'bern'] }
    const age = { name: 'age', datatype: 'FP64', shape: [2], data: [20, 30.5] }
    assert.deepEqual(await infer('rows', city, age), [
      { name: 'label', datatype: 'BYTES', shape: [2], data: ['ZÜRICH', 'BERN'] },
      { name: 'score', datatype: 'FP64', shape: [2], data: [40, 61] },
    ])
    assert.equal(await from('rows'), 'type hints')
    assert.deepEqual(await infer('told', { name: 'x', datatype: 'FP64', shape: [2, 2], data: [1, 2, 3, 4] }), [
      { name: 'y', datatype: 'FP64', shape: [2], data: [21, 43] },
    ])
    assert.equal(await from('told'), 'the manifest')
    assert.deepEqual(await infer('shown', { name: 'x', datatype: 'FP32', shape: [1, 2], data: [3, 4] }), [
      { name: 'twice', datatype: 'FP32', shape: [1, 2], data: [6, 8] },
    ])
    assert.equal(await from('shown'), 'the first example')
    const [output] = await infer('truss', { name: 'input', datatype: 'BYTES', shape: [1], data: ['{"values":[1,2]}'] })
    assert.deepEqual(JSON.parse(output.data[0]), { name: 'thrice', values: [3, 6] })
    assert.equal(await from('truss'), 'Truss')
  })

  test('get as many replicas as are asked for, and rows of many requests in one run', async () => {
    // Runs of 5 ms: both replicas are busy while the rest of the requests come in.
    const slow = SUMS.replace('    first = ', '    time.sleep(0.005)\n    first = ')
    assert.notEqual(slow, SUMS)
    const folder = await folderWith({ 'sums/1/model.py': slow, 'sums/model.yaml': 'replicas: { count: 2 }\n' })
    await using service = await serviceOf([join(folder, 'sums')], IN_ENVIRONMENTS)
    const ask = async (value: number) => {
      const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [value, 0, 0, 0] }]
      return (await post(`${service.url}/v2/models/sums/infer`, { inputs })).body.outputs[0].data[0]
    }
    const values = Array.from({ length: 200 }, (_, index) => index)
    assert.deepEqual(await Promise.all(values.map(ask)), values)
    const info = (await (await fetch(`${service.url}/api/v1/models/sums`)).json()) as ModelInfo
    assert.deepEqual(info.stats.replicas.ready, 2)
    assert.ok(
      info.stats.runs < info.stats.requests,
      `${info.stats.runs} runs of ${info.stats.requests} requests; ${JSON.stringify(info.batching)}`,
    )
  })

  test('see the variables that their manifest gives them, and none of the server’s', async () => {
    const code = 'import os\n\ndef predict(name: str) -> str:\n    return os.environ.get(name, "unset")\n'
    const folder = await folderWith({ 'm/model.py': code, 'm/model.yaml': 'python: { variables: { GREETING: hello } }\n' })
    process.env.SLIPWAY_TEST_SECRET_OF_SERVER = 'secret'
    await using service = await serviceOf([join(folder, 'm')], IN_ENVIRONMENTS)
    const ask = async (name: string) =>
      (await post(`${service.url}/v2/models/m/infer`, { inputs: [{ name: 'name', datatype: 'BYTES', shape: [1], data: [name] }] })).body
        .outputs[0].data[0]
    assert.equal(await ask('GREETING'), 'hello')
    assert.equal(await ask('SLIPWAY_TEST_SECRET_OF_SERVER'), 'unset')
    delete process.env.SLIPWAY_TEST_SECRET_OF_SERVER
  })
})

const COG = `from cog import BasePredictor, Input

class Predictor(BasePredictor):
    def predict(
        self,
        size: int = Input(ge=1, le=10),
        share: float = Input(description="of all", ge=0.5, le=1.5),
        above: float = Input(ge=0),
        times: int = Input(default=3, ge=1, le=5),
        mode: str = Input(choices=["a", "b"]),
    ) -> str:
        return f"{size} {share} {above} {times} {mode}"
`

describe('a Python model of Cog', needs('python'), () => {
  test('is given its inputs within their bounds, unless its manifest says otherwise, and refuses what is beyond', async () => {
    const project = { 'predict.py': COG, 'cog.yaml': 'build: {}\npredict: "predict.py:Predictor"\n' }
    const own = 'inputs: { size: { kind: features, names: [rooms] } }\n'
    const files = ['said', 'told'].flatMap((name) => Object.entries(project).map(([path, text]) => [`${name}/1/${path}`, text]))
    const folder = await folderWith({ ...Object.fromEntries(files), 'told/model.yaml': own })
    await using service = await serviceOf([folder], IN_ENVIRONMENTS)
    assert.deepEqual(service.refused(), [])
    const inputsOf = async (model: string) => {
      const { inputs } = (await (await fetch(`${service.url}/api/v1/models/${model}`)).json()) as ModelInfo
      return inputs.map(({ name, as, optional }) => [name, as, optional ?? false])
    }
    const said: readonly unknown[] = [
      ['size', { kind: 'features', names: ['size'], ranges: [{ min: 1, max: 10, typical: 5 }] }, false],
      ['share', { kind: 'features', names: ['share'], ranges: [{ min: 0.5, max: 1.5, typical: 1 }] }, false],
      ['above', { kind: 'features', names: ['above'] }, false],
      ['times', { kind: 'tensor' }, true],
      ['mode', { kind: 'text' }, false],
    ]
    assert.deepEqual(await inputsOf('said'), said)
    assert.deepEqual(await inputsOf('told'), [['size', { kind: 'features', names: ['rooms'] }, false], ...said.slice(1)])
    const ask = (size: number) =>
      post(`${service.url}/api/v1/models/said/predict`, { inputs: { size: [size], share: [1], above: [2], mode: ['a'] } })
    assert.deepEqual((await ask(4)).body.outputs, { output: ['4 1.0 2.0 3 a'] })
    const beyond = await ask(11)
    assert.equal(beyond.status, 400)
    assert.match(beyond.body.error, /input "size" must be at most 10, got 11/)
  })
})

describe('a Python model', needs('python', 'linux'), () => {
  test('answers in every HTTP process, and in those too its tracebacks go to the log', async () => {
    const folder = await folderWith({ 'sums/model.py': SUMS })
    const slipway = await startSlipway({ paths: [join(folder, 'sums')], flags: ['--http-workers', '2'], env: LOCAL })
    const infer = (value: number, id: string) =>
      post(
        `${slipway.url}/v2/models/sums/infer`,
        { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [value, 0, 0, 0] }] },
        { 'x-request-id': id, connection: 'close' },
      )
    try {
      const ids = Array.from({ length: 40 }, (_, index) => `failed-${index}`)
      for (const id of ids) assert.equal((await infer(1002, id)).status, 500)
      for (const value of [1, 2, 3]) assert.equal((await infer(value, 'good')).body.outputs[0].data[0], value)
      const page = await (await fetch(`${slipway.url}/metrics`)).text()
      assert.ok(Number(/^slipway_http_process_requests\{process="2"\} (\d+)$/m.exec(page)?.[1]) > 0, 'the second process was asked, too')
      const failed = () =>
        slipway.logs().filter(({ event, traceback }) => event === 'prediction-failed' && /KeyError/.test(String(traceback)))
      await until(
        () => ids.every((id) => failed().some(({ requestIds }) => (requestIds as readonly string[]).includes(id))),
        'every traceback to be logged',
        5000,
      )
    } finally {
      assert.equal(await slipway.stop(), 0)
    }
  })

  test('that asks for more memory than it may have fails that request, and answers the next', async () => {
    const code = 'import numpy as np\n\ndef predict(megabytes: int) -> int:\n    return int(np.ones(megabytes * 131072).sum() // 131072)\n'
    const folder = await folderWith({
      'eats/model.py': code,
      'eats/model.yaml': 'limits: { memoryBytes: 512MB }\nreplicas: { count: 1, threads: 1 }\n',
    })
    await using service = await serviceOf([join(folder, 'eats')], IN_ENVIRONMENTS)
    const ask = (megabytes: number) =>
      post(`${service.url}/v2/models/eats/infer`, { inputs: [{ name: 'megabytes', datatype: 'INT64', shape: [1], data: [megabytes] }] })
    assert.equal((await ask(100)).body.outputs[0].data[0], 100)
    const much = await ask(4000)
    assert.equal(much.status, 500)
    assert.match(much.body.error, /the model failed \(_?(?:Array)?MemoryError at model\.py line 4\)/)
    assert.equal((await ask(100)).body.outputs[0].data[0], 100)
  })

  test('keeps no answers unless that is forced', async () => {
    const folder = await folderWith({ 'sums/model.py': SUMS, 'sums/model.yaml': 'cache: { maxBytes: 1MB }\n' })
    await using service = await serviceOf([join(folder, 'sums')], IN_ENVIRONMENTS)
    const { cache } = (await (await fetch(`${service.url}/api/v1/models/sums`)).json()) as ModelInfo
    assert.equal(cache?.on, false)
    assert.match(cache?.why ?? '', /it is Python code/)
  })
})
