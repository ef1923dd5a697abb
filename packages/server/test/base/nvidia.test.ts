import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listNvidia, parseNvidia } from '../../src/base/nvidia.ts'

test('devices are read as nvidia-smi lists them', () => {
  assert.deepEqual(parseNvidia('0, NVIDIA L4, 550.54.15, 23034\n1, NVIDIA A100-SXM4-40GB, 550.54.15, 40960\n'), [
    { id: 0, name: 'NVIDIA L4', driver: '550.54.15', memoryBytes: 23034 * 2 ** 20 },
    { id: 1, name: 'NVIDIA A100-SXM4-40GB', driver: '550.54.15', memoryBytes: 40960 * 2 ** 20 },
  ])
})

test('a tool that is not there, or that finds no driver, lists none', async () => {
  assert.deepEqual(await listNvidia(() => Promise.reject(new Error('spawn nvidia-smi ENOENT'))), [])
  assert.deepEqual(parseNvidia('NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.\n'), [])
  assert.deepEqual(parseNvidia('0, NVIDIA GB10, 580.95.05, [N/A]\n'), [])
})
