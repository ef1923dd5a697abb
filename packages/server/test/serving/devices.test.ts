import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServeError } from '@slipway/protocol'
import type { Provider } from '../../src/config/provider.ts'
import { createDevices } from '../../src/serving/devices.ts'

const GB = 1e9
const cuda = (memoryBytes: number, deviceId = 0): Provider => ({ name: 'cuda', deviceId, memoryBytes, options: {} })
const devices = () => createDevices(async (id) => (id < 2 ? 8 * GB : undefined))
const claim = (holder: string, provider: Provider, replicas = 1) => ({ holder, providers: [provider], replicas })
const refusal = (promise: Promise<unknown>): Promise<ServeError> =>
  promise.then(
    () => assert.fail('it fitted'),
    (error: ServeError) => error,
  )

test('models share a device until it is given out, and the refusal says who holds what', async () => {
  const shared = devices()
  await shared.reserve(claim('a@1', cuda(5 * GB)))
  await shared.reserve(claim('b@3', cuda(1 * GB), 2))
  const error = await refusal(shared.reserve(claim('c@1', cuda(2 * GB))))
  assert.equal(error.code, 'RESOURCE_EXHAUSTED')
  assert.equal(
    error.message,
    '"c@1" is to have 2000 MB of device 0, which has 8000 MB, and 1000 MB are left: a@1 holds 5000 MB, b@3 holds 2000 MB; unload one, or lower its memoryBytes',
  )
  await shared.reserve(claim('c@1', cuda(2 * GB, 1)))
})

test('what is released can be given out again, once', async () => {
  const shared = devices()
  const first = await shared.reserve(claim('a@1', cuda(8 * GB)))
  first.release()
  first.release()
  await shared.reserve(claim('b@1', cuda(8 * GB)))
  await refusal(shared.reserve(claim('c@1', cuda(1))))
})

test('a new version needs room beside the old one, and is told so', async () => {
  const shared = devices()
  await shared.reserve(claim('a@1', cuda(5 * GB)))
  assert.match((await refusal(shared.reserve(claim('a@2', cuda(5 * GB))))).message, /beside the old one.*unload the old one first/)
})

test('claims at one time never get more than there is', async () => {
  const shared = devices()
  const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => shared.reserve(claim(`${name}@1`, cuda(3 * GB)))))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  )
})

test('providers on one device count once, and those without a budget not at all', async () => {
  const shared = devices()
  await shared.reserve({ holder: 'a@1', replicas: 1, providers: [{ ...cuda(4 * GB), name: 'tensorrt' }, cuda(3 * GB)] })
  await shared.reserve(claim('b@1', cuda(4 * GB)))
  await shared.reserve({ holder: 'c@1', replicas: 9, providers: [{ name: 'cuda', deviceId: 0, options: {} }] })
})

test('a budget on a device of unknown size is refused, but only once the model is open', async () => {
  const reserved = await devices().reserve(claim('a@1', cuda(GB, 7)))
  assert.throws(() => reserved.confirm(), { code: 'FAILED_PRECONDITION', message: /device 7.*devices: \[\{ id: 7, memoryBytes: 16GB \}\]/ })
  const known = await devices().reserve(claim('a@1', cuda(GB)))
  known.confirm()
})
