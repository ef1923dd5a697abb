/** Sessions by providers that this machine does not have, and by the fake one that fails as it is told. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ServeError, tensor } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import type { Provider } from '../../src/config/provider.ts'
import { missingLibraries } from '../../src/runtimes/libraries.ts'
import { onnxRuntime } from '../../src/runtimes/onnx.ts'
import { FIXTURES } from '../support/e2e/slipway-process.ts'

const SIGNATURE = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4], symbols: ['batch', null] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 4], symbols: ['batch', null] }],
} as const
const open = (...providers: readonly Provider[]) =>
  onnxRuntime.open(join(FIXTURES, 'echo.onnx'), { threads: 1, spinning: false, signature: SIGNATURE, providers })
const fake = (options: Record<string, unknown> = {}): Provider => ({ name: 'fake', deviceId: 0, options })
const refusal = (...providers: readonly Provider[]): Promise<ServeError> =>
  open(...providers).then(
    () => assert.fail('it was opened'),
    (error: ServeError) => error,
  )
const noFolders = (message: string) => assert.doesNotMatch(message.replaceAll(/https?:\S+/g, ''), /\/\w+\/\w+/)

test(
  'without its libraries cuda is refused by the files that onnxruntime looked for, and how they are installed',
  needs('linux'),
  async (t) => {
    if (missingLibraries('cuda').length === 0) return t.skip('this machine has CUDA')
    const error = await refusal({ name: 'cuda', deviceId: 0, options: {} })
    assert.equal(error.code, 'FAILED_PRECONDITION')
    assert.match(error.message, /^cuda on device 0 cannot be used: onnxruntime looked for files that are not there/)
    assert.match(error.message, /libonnxruntime_providers_cuda\.so.*libcudart\.so\.12.*libcudnn\.so\.9/)
    assert.match(error.message, /to install them, run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node/)
    noFolders(error.message)
    assert.match((error.cause as Error).message, /Failed to load shared library.* looked in \/.*onnxruntime-node\/bin/)
  },
)

test('a provider of another platform is refused with what there is on this one', needs('linux'), async () => {
  assert.match(
    (await refusal({ name: 'coreml', options: {} })).message,
    /^coreml is not in onnxruntime-node for linux on .*, which has cpu/,
  )
})

test('the fake device fails in the words of onnxruntime', async () => {
  const missing = await refusal(fake({ fails: 'missing-libraries' }))
  if (process.platform === 'linux') assert.match(missing.message, /libonnxruntime_providers_fake\.so \(of onnxruntime-node\)/)
  noFolders(missing.message)
  assert.match((await refusal(fake({ fails: 'out-of-memory' }))).message, /^fake on device 0 cannot be used: .*out of memory/)
})

test('a device that is out of memory in a run fails the run and no more', async () => {
  const inputs = new Map([['x', tensor('FP32', [1, 4], new Float32Array(4))]])
  const session = await open(fake({ fails: 'out-of-memory-in-runs' }))
  await assert.rejects(session.run(inputs), (error: ServeError) => error.code === 'RESOURCE_EXHAUSTED')
  await session.close()
  const working = await open(fake())
  assert.equal((await working.run(inputs)).size, 1)
  await working.close()
})
