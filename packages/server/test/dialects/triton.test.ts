import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServeError } from '@slipway/protocol'
import { createTriton } from '../../src/dialects/triton.ts'
import { createV2 } from '../../src/dialects/v2.ts'
import type { ModelControl } from '../../src/serving/control.ts'
import { asker, bodyText, type DialectSetUp } from '../contract/dialect.ts'
import { type FakeModel, failing, MIXED, PAIRS } from '../support/revision.ts'

/** Remembers what was asked of it; knows no model `nobody`. */
function fakeControl() {
  const asked: string[] = []
  const known = async (what: string, name: string) => {
    if (name === 'nobody') throw new ServeError('NOT_FOUND', 'there is no model "nobody"')
    asked.push(`${what} ${name}`)
  }
  const control: ModelControl = {
    index: () => [
      { name: 'a', version: '1', state: 'ready' },
      { name: 'a', version: '2', state: 'failed', reason: 'no ONNX model' },
      { name: 'b', version: '1', state: 'loading' },
      { name: 'c', version: '1', state: 'unloaded', reason: 'unloaded' },
      { name: 'd', version: '1', state: 'draining', reason: 'unloaded' },
      { name: 'e', state: 'failed', reason: 'no version' },
    ],
    load: (name) => known('load', name),
    unload: (name) => known('unload', name),
  }
  return { asked, control }
}

function setUp(models: readonly FakeModel[] = [PAIRS, { ...PAIRS, version: '2' }, MIXED]) {
  const { asked, control } = fakeControl()
  const both: DialectSetUp = {
    models,
    create: (deps) => {
      const v2 = createV2({ ...deps, server: { name: 'slipway', version: '1' }, ready: () => true })
      return { name: 'triton', routes: [...v2.routes, ...createTriton({ ...deps, control }).routes] }
    },
  }
  const ask = asker(both)
  const call = async (method: string, target: string, body?: unknown): Promise<readonly [number, unknown]> => {
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
    const response = await ask({ method, target, body: text })
    const answer = bodyText(response)
    return [response.status, answer === '' ? undefined : JSON.parse(answer)]
  }
  return { asked, get: (target: string) => call('GET', target), post: (target: string, body?: unknown) => call('POST', target, body) }
}

const pairs = { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4.5] }] }
const said = ([status, body]: readonly [number, unknown]) => [status, (body as { readonly error: string }).error] as const

test('the configuration of a Python model names Triton’s Python backend', async () => {
  const { get } = setUp([{ ...PAIRS, packager: 'slipway' }])
  const [, { platform, backend, default_model_filename }] = (await get('/v2/models/pairs/config')) as [number, Record<string, unknown>]
  assert.deepEqual([platform, backend, default_model_filename], ['', 'python', 'model.py'])
})

test('the configuration has the shapes without their rows, and Triton’s names of datatypes', async () => {
  const { get } = setUp([PAIRS, MIXED, { ...PAIRS, name: 'text', signature: textual() }])
  const [status, config] = (await get('/v2/models/mixed/config')) as [number, Record<string, unknown>]
  assert.equal(status, 200)
  const { name, platform, backend, max_batch_size, version_policy, instance_group, dynamic_batching } = config
  assert.deepEqual([name, platform, backend, max_batch_size], ['mixed', 'onnxruntime_onnx', 'onnxruntime', 64])
  assert.deepEqual(version_policy, { latest: { num_versions: 1 } })
  assert.deepEqual((instance_group as readonly { readonly count: number }[])[0]?.count, 2)
  assert.equal((dynamic_batching as Record<string, unknown>).max_queue_delay_microseconds, 2000)
  const tensors = (key: string, of: Record<string, unknown>) =>
    (of[key] as readonly Record<string, unknown>[]).map((one) => [one.name, one.data_type, one.dims, one.reshape])
  assert.deepEqual(tensors('input', config), [
    ['a', 'TYPE_FP32', [2], undefined],
    ['n', 'TYPE_INT64', [1], { shape: [] }],
  ])
  assert.deepEqual(tensors('output', config), [
    ['b', 'TYPE_FP32', [2], undefined],
    ['m', 'TYPE_INT64', [1], { shape: [] }],
  ])
  assert.deepEqual(tensors('input', (await get('/v2/models/text/versions/1/config'))[1] as Record<string, unknown>), [
    ['x', 'TYPE_STRING', [-1], undefined],
  ])
})

const textual = () => {
  const spec = { name: 'x', datatype: 'BYTES', shape: [-1, -1], symbols: ['n', null] } as const
  return { inputs: [spec], outputs: [{ ...spec, name: 'y' }] }
}

test('statistics add up over requests, by version, by model and over all', async () => {
  const { get, post } = setUp()
  await post('/v2/models/pairs/infer', pairs)
  await post('/v2/models/pairs/infer', pairs)
  assert.equal((await post('/v2/models/pairs/infer', { inputs: [] }))[0], 400)
  const [, all] = (await get('/v2/models/stats')) as [number, { model_stats: Record<string, unknown>[] }]
  assert.deepEqual(
    all.model_stats.map(({ name, version }) => `${name} ${version}`),
    ['pairs 1', 'pairs 2', 'mixed 1'],
  )
  const [, one] = (await get('/v2/models/pairs/versions/2/stats')) as [number, { model_stats: Record<string, unknown>[] }]
  const [stats] = one.model_stats
  assert.equal(one.model_stats.length, 1)
  assert.equal(stats?.inference_count, 4)
  assert.ok((stats?.last_inference as number) > 0)
  const durations = stats?.inference_stats as Record<string, { count: number; ns: number }>
  const { success, fail, queue, compute_infer, cache_hit, cache_miss } = durations
  assert.deepEqual([success?.count, fail?.count], [2, 1])
  assert.deepEqual(queue, { count: 2, ns: 1_000_000 })
  assert.deepEqual(compute_infer, { count: 2, ns: 2_500_000 })
  assert.deepEqual(
    [cache_hit, cache_miss],
    [
      { count: 0, ns: 0 },
      { count: 0, ns: 0 },
    ],
  )
  const [, both] = (await get('/v2/models/pairs/stats')) as [number, { model_stats: unknown[] }]
  assert.equal(both.model_stats.length, 2)
})

test('configuration and statistics of what is not loaded are 404', async () => {
  const { get } = setUp()
  for (const end of ['config', 'stats'])
    for (const model of ['nobody', 'pairs/versions/9', 'pairs/versions/x']) assert.equal((await get(`/v2/models/${model}/${end}`))[0], 404)
})

test('the index tells states in Triton’s words, and only the ready ones when asked', async () => {
  const { post } = setUp()
  assert.deepEqual(await post('/v2/repository/index'), [
    200,
    [
      { name: 'a', version: '1', state: 'READY', reason: '' },
      { name: 'a', version: '2', state: 'UNAVAILABLE', reason: 'no ONNX model' },
      { name: 'b', version: '1', state: 'LOADING', reason: '' },
      { name: 'c', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' },
      { name: 'd', version: '1', state: 'UNLOADING', reason: 'unloaded' },
      { name: 'e', state: 'UNAVAILABLE', reason: 'no version' },
    ],
  ])
  assert.deepEqual(await post('/v2/repository/index', { ready: true }), [200, [{ name: 'a', version: '1', state: 'READY', reason: '' }]])
  assert.equal(((await post('/v2/repository/index', { ready: false }))[1] as unknown[]).length, 6)
})

test('load and unload reach the control, with an empty answer', async () => {
  const { asked, post } = setUp()
  assert.deepEqual(await post('/v2/repository/models/a/load'), [200, undefined])
  assert.deepEqual(await post('/v2/repository/models/a/unload', { parameters: { unload_dependents: true } }), [200, undefined])
  assert.deepEqual(asked, ['load a', 'unload a'])
  assert.equal((await post('/v2/repository/models/nobody/load', {}))[0], 404)
  assert.equal((await post('/v2/repository/models/nobody/unload', {}))[0], 404)
})

test('what cannot be said is refused before anything is loaded', async () => {
  const { asked, post } = setUp()
  const load = '/v2/repository/models/a/load'
  for (const parameters of [{ config: '{}' }, { 'file:1/model.onnx': 'AAAA' }]) {
    const [status, error] = said(await post(load, { parameters }))
    assert.equal(status, 501)
    assert.match(error, /loaded from its files only/)
  }
  for (const body of ['[]', '7', 'no json', '['.repeat(5000), { parameters: [] }, { parameters: 'x' }])
    assert.equal((await post(load, body))[0], 400)
  assert.equal((await post('/v2/repository/models/a/unload', { parameters: { unload_dependents: 'yes' } }))[0], 400)
  for (const body of [{ ready: 'yes' }, '[]', '['.repeat(250_000)]) assert.equal((await post('/v2/repository/index', body))[0], 400)
  assert.deepEqual(asked, [])
})

test('trace and log settings and shared memory are 501, with what there is instead', async () => {
  const { get, post } = setUp()
  const targets = [
    '/v2/trace/setting',
    '/v2/models/pairs/trace/setting',
    '/v2/logging',
    '/v2/systemsharedmemory/status',
    '/v2/cudasharedmemory/region/r/register',
  ]
  for (const target of targets) {
    for (const answer of [await get(target), await post(target, {})]) {
      const [status, error] = said(answer)
      assert.equal(status, 501)
      assert.match(error, /^this server does not offer that; \w/)
    }
  }
})

test('classes are asked for in JSON and in binary', async () => {
  const labelled: FakeModel = {
    ...PAIRS,
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2], symbols: ['n', null], as: { kind: 'scores', labels: ['left', 'right'] } }],
  }
  const { post } = setUp([labelled])
  const outputs = [{ name: 'y', parameters: { classification: 1 } }]
  assert.deepEqual(await post('/v2/models/pairs/infer', { ...pairs, outputs }), [
    200,
    {
      model_name: 'pairs',
      model_version: '1',
      outputs: [{ name: 'y', datatype: 'BYTES', shape: [2, 1], data: ['4:1:right', '9:1:right'] }],
    },
  ])
  const ask = asker({ models: [labelled], create: (deps) => createV2({ ...deps, server: { name: 's', version: '1' }, ready: () => true }) })
  const body = JSON.stringify({ ...pairs, outputs: [{ name: 'y', parameters: { classification: 1, binary_data: true } }] })
  const response = await ask({ target: '/v2/models/pairs/infer', body })
  const octets = Buffer.from(response.body as Uint8Array).subarray(Number(response.headers['inference-header-content-length']))
  assert.deepEqual(
    octets,
    Buffer.concat(['4:1:right', '9:1:right'].map((text) => Buffer.concat([Buffer.of(text.length, 0, 0, 0), Buffer.from(text)]))),
  )
})

test('parameters of the request are held against what they may be', async () => {
  const { post } = setUp()
  const ask = async (parameters: object) => (await post('/v2/models/pairs/infer', { ...pairs, parameters }))[0]
  assert.equal(await ask({ priority: 1, timeout: 500_000 }), 200)
  assert.equal(await ask({ priority: -1 }), 400)
  assert.equal(await ask({ timeout: 'soon' }), 400)
  assert.equal(await ask({ sequence_id: 42, sequence_start: true }), 501)
  const late = setUp([{ ...PAIRS, infer: failing(new ServeError('DEADLINE_EXCEEDED', 'too late')) }])
  assert.deepEqual(said(await late.post('/v2/models/pairs/infer', { ...pairs, parameters: { timeout: 1 } })), [504, 'too late'])
})
