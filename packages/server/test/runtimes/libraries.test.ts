import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../../scripts/requirement.ts'
import { installSteps, librariesOf, missingLibraries, missingText, whereLooked } from '../../src/runtimes/libraries.ts'

const cannotOpen = (path: string): never => {
  throw new Error(`${path}: cannot open shared object file: No such file or directory`)
}

test('what the loader finds is there, though it is no module of Node', needs('linux'), () => {
  const load = (path: string) => {
    if (path.startsWith('libcudnn')) cannotOpen(path)
    throw new Error(`Module did not self-register: '${path}'.`)
  }
  const missing = missingLibraries('cuda', load).filter(({ part }) => part !== 'onnxruntime-node')
  assert.deepEqual(missing, [{ file: 'libcudnn.so.9', part: 'cuDNN 9' }])
  assert.match(missingText(missing), /^libcudnn\.so\.9 \(of cuDNN 9\)$/)
  assert.match(whereLooked(missing, '/opt/cuda/lib64'), /LD_LIBRARY_PATH \(\/opt\/cuda\/lib64\)/)
})

test('a library is missing only where the loader says that there is no such file', needs('linux'), () => {
  assert.deepEqual(
    missingLibraries('webgpu', cannotOpen).map(({ file }) => file),
    ['libvulkan.so.1'],
  )
  assert.deepEqual(
    missingLibraries('webgpu', () => undefined),
    [],
  )
})

test('each part is installed by one step, in the words of its documentation', needs('linux'), () => {
  const steps = installSteps(librariesOf('tensorrt'))
  assert.equal(steps.length, 4)
  assert.match(steps[0] ?? '', /ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node/)
  assert.match(steps.join(), /onnxruntime\.ai\/docs\/execution-providers\/CUDA-ExecutionProvider/)
  assert.match(steps.join(), /TensorRT 10/)
})

test('onnxruntime’s own libraries are looked for beside its binding', needs('linux'), () => {
  const folder = /in (\S+?),? /.exec(`${whereLooked(librariesOf('fake'))} `)?.[1] ?? ''
  assert.ok(isAbsolute(folder) && existsSync(dirname(folder)), folder)
  assert.ok(existsSync(`${folder}/onnxruntime_binding.node`), folder)
})

test('elsewhere than on Linux nothing is looked for by name', () => {
  assert.deepEqual(librariesOf('cuda', 'darwin'), [])
})
