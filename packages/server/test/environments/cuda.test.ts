import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cudaOf, driverFor, installedCuda } from '../../src/environments/cuda.ts'

const major = (requirement: string, ...options: string[]) => cudaOf({ requirements: ['numpy', requirement], options })?.major

test('the CUDA that requirements lead to', () => {
  const expected: readonly (readonly [string, number | undefined])[] = [
    ['torch', 13],
    ['torch==2.8.0', 12],
    ['torch~=2.1.0', 12],
    ['torch==2.0.1', 11],
    ['torch==1.12.0', undefined],
    ['torch==2.15.0', 13],
    ['torch==2.7.1+cu118', 11],
    ['torch==2.7.1+cpu', undefined],
    ['torchvision', undefined],
    ['tensorflow[and-cuda]==2.21.0', 12],
    ['tensorflow-cpu', undefined],
    ['jax[cuda13]', 13],
    ['jax[cuda12_local]==0.4.30', 12],
    ['cupy-cuda12x', 12],
    ['nvidia-cublas-cu11', 11],
    ['scikit-learn', undefined],
  ]
  assert.deepEqual(
    expected.map(([requirement]) => [requirement, major(requirement)]),
    expected,
  )
})

test('an index of PyTorch’s own decides', () => {
  assert.equal(major('torch', '--extra-index-url https://download.pytorch.org/whl/cpu'), undefined)
  assert.equal(major('torch==2.15.0', '--index-url https://download.pytorch.org/whl/cu126'), 12)
})

test('what is installed', () => {
  const of = (name: string, version: string) =>
    installedCuda([
      { name: 'torch', version: '2' },
      { name, version },
    ])
  assert.deepEqual(of('nvidia-cuda-runtime-cu12', '12.8.90'), { requirement: 'nvidia-cuda-runtime-cu12 12.8.90', major: 12 })
  assert.equal(of('nvidia_cuda_runtime', '13.2.86')?.major, 13)
  assert.equal(of('nvidia-nvtx', '13.2'), undefined)
})

test('drivers', () => {
  assert.deepEqual([11, 12, 13, 99].map(driverFor), [450, 525, 580, undefined])
})
