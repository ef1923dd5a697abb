import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listSupportedBackends } from 'onnxruntime-node'
import { checkSettings } from '../../src/config/document.ts'
import { attempts, PROVIDER_NAMES, type Provider, providerText } from '../../src/config/provider.ts'
import { providers } from '../../src/config/provider-schema.ts'

const parse = (list: unknown): readonly Provider[] => checkSettings(providers, list, { where: () => 'slipway.yaml' })
const refusal = (list: unknown): string => {
  try {
    parse(list)
  } catch (error) {
    return (error as Error).message
  }
  return assert.fail(`${JSON.stringify(list)} was taken`)
}

test('a name is as good as a mapping, and devices that are numbered begin at 0', () => {
  assert.deepEqual(parse(['cuda', 'cpu']), [
    { name: 'cuda', deviceId: 0, options: {} },
    { name: 'cpu', options: {} },
  ])
  assert.deepEqual(parse([{ name: 'tensorrt', deviceId: 1, memoryBytes: '2GB' }]), [
    { name: 'tensorrt', deviceId: 1, memoryBytes: 2e9, options: {} },
  ])
  assert.deepEqual(parse([{ name: 'webgpu', options: { preferredLayout: 'NHWC' } }]), [
    { name: 'webgpu', options: { preferredLayout: 'NHWC' } },
  ])
})

test('every provider that onnxruntime-node has here is known', () => {
  for (const { name } of listSupportedBackends()) assert.ok((PROVIDER_NAMES as readonly string[]).includes(name), name)
})

test('an unknown name is refused with what was meant and what there is', () => {
  assert.match(refusal(['cdua']), /\[0\] must be one of cpu, cuda, .*; did you mean cuda\?, got "cdua"/)
  assert.match(refusal([{ name: 'rocm' }]), /must be one of cpu, cuda, tensorrt/)
  assert.match(refusal([3]), /a mapping such as \{ name: cuda, deviceId: 0, memoryBytes: 2GB \}, got "3"/)
  assert.match(refusal([]), /at least 1/)
})

test('what would have no effect is refused with the reason', () => {
  assert.match(refusal(['cpu', 'cuda']), /comes after cpu, where it has no effect/)
  assert.match(refusal(['cuda', { name: 'cuda', deviceId: 1 }]), /names cuda a second time/)
  assert.match(refusal([{ name: 'cpu', memoryBytes: '1GB' }]), /memoryBytes, which has no effect with cpu/)
  assert.match(refusal([{ name: 'coreml', deviceId: 0 }]), /deviceId, which has no effect with coreml/)
  assert.match(
    refusal([{ name: 'cuda', options: { gpu_mem_limit: 1 } }]),
    /gpu_mem_limit, which has no effect: onnxruntime-node passes it on/,
  )
  assert.match(refusal([{ name: 'cuda', memory: '2GB' }]), /memory/)
  assert.match(refusal([{ name: 'cuda', memoryBytes: 'lots' }]), /memoryBytes must be octets/)
  assert.match(refusal([{ name: 'fake', options: { fails: 'often' } }]), /missing-libraries/)
})

test('only a list that ends in cpu gives up its preferences, one at a time', () => {
  const names = (list: unknown) => attempts(parse(list)).map((one) => one.map(({ name }) => name))
  assert.deepEqual(names(['cpu']), [['cpu']])
  assert.deepEqual(names(['tensorrt', 'cuda']), [['tensorrt', 'cuda']])
  assert.deepEqual(names(['tensorrt', 'cuda', 'cpu']), [['tensorrt', 'cuda'], ['cuda'], ['cpu']])
  assert.equal(
    parse([{ name: 'cuda', deviceId: 1 }, 'webgpu'])
      .map(providerText)
      .join(', '),
    'cuda on device 1, webgpu',
  )
})
