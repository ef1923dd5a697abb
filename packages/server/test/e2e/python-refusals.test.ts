/** What goes wrong in Python models, with the real command: each failure is named, and the server and its other models stay up. */
import assert from 'node:assert/strict'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { needs } from '../../../../scripts/requirement.ts'
import { FIXTURES, startSlipway } from '../support/e2e/slipway-process.ts'
import { type Message, stub } from '../support/grpc.ts'
import { ENVIRONMENTS, IN_ENVIRONMENTS, ROWS, SUMS, UNTYPED } from '../support/python.ts'
import { serviceOf } from '../support/service.ts'
import { folderWith, temporaryFolder } from '../support/temporary-folder.ts'

const LOCAL = { SLIPWAY_ENVIRONMENTS_FOLDER: ENVIRONMENTS, SLIPWAY_REPLICAS_COUNT: '1', SLIPWAY_STORE_URL: 'memory:' }
const ECHO = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] }

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  return { status: answer.status, error: text === '' ? '' : (JSON.parse(text).error as string) }
}

const BROKEN: Readonly<Record<string, readonly [Readonly<Record<string, string>>, RegExp]>> = {
  'missing-package': [
    { 'model.py': 'import pandas_of_nobody\n\ndef predict(x: str) -> str:\n    return x\n' },
    /^model\.py line 1: importing it failed: there is no package 'pandas_of_nobody' in its environment; add it to the project's requirements$/,
  ],
  'syntax-error': [{ 'model.py': 'def predict(x: str) -> str\n    return x\n' }, /^model\.py line 1: importing it failed: SyntaxError/],
  'no-predict': [{ 'model.py': 'x = 1\n' }, /^model\.py: expected a function predict\(\.\.\.\), or a class Model/],
  untyped: [{ 'model.py': UNTYPED }, /^model\.py:predict: nothing says what it takes; annotate it, as in/],
  'load-fails': [
    { 'model.py': 'def load(folder):\n    open(folder + "/weights.bin")\n\ndef predict(x: str) -> str:\n    return x\n' },
    /^model\.py line 2: loading the model failed: FileNotFoundError/,
  ],
  'ends-itself': [{ 'model.py': 'import os\nos._exit(7)\n' }, /^the project ended its process \(exit code 7\) while it was imported$/],
  inline: [{ 'model.py': SUMS, 'model.yaml': 'replicas: { isolation: inline }\n' }, /^isolation: inline has no effect for a Python model/],
  providers: [
    { 'model.py': SUMS, 'model.yaml': 'replicas: { providers: [cuda, cpu] }\n' },
    /^replicas\.providers has no effect for a Python model/,
  ],
  picture: [
    { 'model.py': SUMS, 'model.yaml': 'inputs: { x: { kind: image, channels: 1, width: 2, height: 2, layout: flat } }\n' },
    /kind: image has no effect for a Python model/,
  ],
  unresolvable: [
    { 'model.py': SUMS, 'requirements.txt': 'numpy==0.0.0.1\n' },
    /^the Python environment \(requirements\.txt\) could not be built: choosing versions failed for "numpy==0\.0\.0\.1"\n/,
  ],
  version: [
    { 'model.py': SUMS, 'model.yaml': 'python: { version: "3.99" }\n' },
    /^Python 3\.99 is needed for this Python model, and this machine has .*ONNX models need no Python$/,
  ],
  'bad-cog': [{ 'cog.yaml': 'predict: [\n' }, /cog\.yaml, line \d+ is no valid YAML/],
}

describe('Python models that cannot be served', needs('python'), () => {
  test('are named with what is wrong where; the others answer', async () => {
    const files = Object.entries(BROKEN).flatMap(([name, [own]]) =>
      Object.entries(own).map(([path, text]) => [`${name}/${path}`, text] as const),
    )
    const slipway = await startSlipway({
      paths: [await folderWith({ ...Object.fromEntries(files), 'rows/model.py': ROWS }), join(FIXTURES, 'echo.onnx')],
      env: LOCAL,
    })
    try {
      const { models } = (await (await fetch(`${slipway.url}/api/v1/models`)).json()) as {
        readonly models: readonly {
          readonly name: string
          readonly versions: readonly { readonly state: string; readonly reason?: string }[]
        }[]
      }
      for (const [name, [, says]] of Object.entries(BROKEN)) {
        const version = models.find((one) => one.name === name)?.versions[0]
        assert.equal(version?.state, 'failed', name)
        assert.match(version?.reason ?? '', says, name)
        assert.doesNotMatch(version?.reason ?? '', /\/tmp\/|0x[0-9a-f]{6}/, name)
      }
      assert.equal((await post(`${slipway.url}/v2/models/echo/infer`, ECHO)).status, 200)
      assert.equal(models.find(({ name }) => name === 'rows')?.versions[0]?.state, 'ready')
    } finally {
      assert.equal(await slipway.stop(), 0)
    }
  })

  test('are refused where there is no Python, and ONNX models answer', async () => {
    // Of all programs, only what starts a process is on this PATH.
    const bin = await temporaryFolder()
    symlinkSync(process.execPath, join(bin, 'node'))
    const slipway = await startSlipway({
      paths: [await folderWith({ 'sums/model.py': SUMS }), join(FIXTURES, 'echo.onnx')],
      env: { ...LOCAL, PATH: bin },
    })
    try {
      assert.equal((await post(`${slipway.url}/v2/models/echo/infer`, ECHO)).status, 200)
      const { error } = await post(`${slipway.url}/v2/models/sums/infer`, ECHO)
      assert.match(
        error,
        /Python 3\.9 or newer is needed.*there is none on this machine; install it with.*apt install python3 .*ONNX models need no Python/,
      )
    } finally {
      await slipway.stop()
    }
  })
})

describe('a prediction in Python that', needs('python'), async () => {
  const folder = await folderWith({ 'sums/model.py': SUMS, 'sums/model.yaml': 'limits: { runMs: 1500 }\nbatching: { maxRows: 1 }\n' })
  const paths = [join(folder, 'sums'), join(FIXTURES, 'echo.onnx')]
  const slipway = await startSlipway({ paths, env: LOCAL })
  after(() => slipway.stop())
  let count = 0
  const ask = async (first: number) => {
    count += 1
    const id = `ask-${count}`
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [first, 0, 0, 0] }]
    return { id, ...(await post(`${slipway.url}/v2/models/sums/infer`, { inputs }, { 'x-request-id': id })) }
  }
  const tracebackOf = (id: string) =>
    slipway.logs().find((line) => (line.requestIds as readonly string[] | undefined)?.includes(id))?.traceback as string | undefined
  const answersAgain = async () => {
    for (let tries = 0; tries < 200; tries += 1) if ((await ask(1)).status === 200) return
    assert.fail('it does not answer any more')
  }

  test('raises a ValueError is the caller’s fault, in a clean sentence; the traceback is in the log', async () => {
    const { id, status, error } = await ask(1001)
    assert.deepEqual([status, error], [400, 'the model refused these inputs: x must not be 1001, see … at …'])
    assert.match(tracebackOf(id) ?? '', /model\.py", line \d+, in predict\n.*\nValueError: x must not be 1001, see \/etc\/secret\/file/s)
  })

  test('raises anything else is the model’s', async () => {
    const { id, status, error } = await ask(1002)
    assert.deepEqual(
      [status, error],
      [500, "the model failed (KeyError at model.py line 15); the server's log has the traceback under this request's id"],
    )
    assert.match(tracebackOf(id) ?? '', /KeyError: 'nope'/)
  })

  test('answers no tensor, or one of another shape, is told what was expected and what came', async () => {
    assert.deepEqual((await ask(1006)).error, 'model.py:predict: output "output" is no tensor: expected FP32 [-1], got str')
    assert.deepEqual((await ask(1007)).error, 'model.py:predict: output "output": expected shape [-1], got [2, 2]')
  })

  test('prints writes a line of the log', async () => {
    assert.equal((await ask(1005)).status, 200)
    assert.ok(slipway.logs().some(({ line }) => line === 'said by the model'))
  })

  test('ends its process costs that request alone', async () => {
    const { status, error } = await ask(1003)
    assert.equal(status, 503)
    assert.match(error, /the worker ended with exit code 3 while your request was on it/)
    await answersAgain()
    assert.equal((await post(`${slipway.url}/v2/models/echo/infer`, ECHO)).status, 200)
  })

  test('hangs is cut at limits.runMs', async () => {
    const startedAt = performance.now()
    const { status, error } = await ask(1004)
    assert.equal(status, 504)
    assert.match(error, /longer than the server allows \(1500 ms\)/)
    assert.ok(performance.now() - startedAt < 10_000)
    await answersAgain()
  })
})

describe('a Python model by the API', needs('python'), () => {
  test('is loaded from the served folders, and not with files of the caller', async () => {
    const slipway = await startSlipway({ paths: [await folderWith({ 'sums/model.py': SUMS })], env: LOCAL })
    try {
      const load = (parameters: unknown) => post(`${slipway.url}/v2/repository/models/sums/load`, { parameters })
      assert.equal((await load({})).status, 200)
      const refused = await load({ config: '{}', 'file:1/model.py': Buffer.from(SUMS).toString('base64') })
      assert.equal(refused.status, 501)
      assert.match(refused.error, /a model is loaded from its files only/)
    } finally {
      assert.equal(await slipway.stop(), 0)
    }
  })

  test('is never loaded with files of the caller by gRPC, known by name or not', async () => {
    const folder = await folderWith({ 'sums/model.py': SUMS })
    const proof = join(folder, 'proof')
    await using service = await serviceOf([join(folder, 'sums')], IN_ENVIRONMENTS)
    const client = stub(service.grpc as string, 'inference.GRPCInferenceService')
    const files = {
      'file:1/model.py': { bytes_param: Buffer.from(`open(${JSON.stringify(proof)}, "w")\n${SUMS}`) },
      'file:2/model.tar.gz': { bytes_param: Buffer.from('any') },
    }
    try {
      for (const [model, names] of [
        ['sums', ['file:1/model.py']],
        ['sums', ['file:2/model.tar.gz', 'file:1/model.py']],
        ['another', ['file:1/model.py']],
      ] as const) {
        const parameters = Object.fromEntries(names.map((name) => [name, files[name]]))
        await assert.rejects(client.call('RepositoryModelLoad', { model_name: model, parameters }), {
          code: status.UNIMPLEMENTED,
          details: /a model is loaded from its files only, since a file may be code that would run on this server/,
        })
      }
      const { models } = await client.call('RepositoryIndex', {})
      assert.deepEqual(
        models.map(({ name, version }: Message) => [name, version]),
        [['sums', '1']],
      )
      assert.equal(existsSync(proof), false)
      await client.call('RepositoryModelLoad', { model_name: 'sums' })
    } finally {
      client.close()
    }
  })

  test('from a folder that a caller names needs its own leave', async () => {
    const folder = await folderWith({ 'no/model.py': SUMS, 'yes/model.py': SUMS, 'yes/model.yaml': 'allowCode: true\n' })
    const slipway = await startSlipway({ paths: [], flags: ['--sagemaker-multi-model'], env: LOCAL })
    try {
      const load = (name: string) =>
        post(`${slipway.url}/models`, { model_name: name, url: join(folder, name) }, { 'content-type': 'application/json' })
      const refused = await load('no')
      assert.ok(refused.status >= 400 && refused.status < 500, String(refused.status))
      assert.match(
        refused.error,
        /is code that would run on this server: name it when you start the server, or set allowCode: true in its model\.yaml/,
      )
      assert.equal((await load('yes')).status, 200)
    } finally {
      assert.equal(await slipway.stop(), 0)
    }
  })
})
