import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ServeError, tensor } from '@slipway/protocol'
import { startTestServer } from './support/test-server.ts'
import { type V2Model, v2 } from './support/v2-behaviour.ts'

const PACKAGE = fileURLToPath(new URL('../', import.meta.url))

const DIGITS: V2Model = {
  name: 'digits',
  version: '2',
  signature: { inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 1, 8, 8], symbols: [null, null, null, null] }], outputs: [] },
  infer: (inputs) => {
    const image = inputs.get('image')
    if (image === undefined) throw new ServeError('INVALID_ARGUMENT', 'input "image" is missing')
    return new Map([['probabilities', tensor('FP32', [1, 2], new Float32Array([0.25, 0.75]))]])
  },
}

test('the example of the README runs as it stands', async () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(PACKAGE, 'README.md'), 'utf8')) ?? []
  assert.match(example, /http:\/\/127\.0\.0\.1:8080/)
  await using server = await startTestServer(v2(DIGITS))
  const folder = mkdtempSync(join(tmpdir(), 'slipway-readme-'))
  try {
    mkdirSync(join(folder, 'node_modules/@slipway'), { recursive: true })
    symlinkSync(PACKAGE, join(folder, 'node_modules/@slipway/client'), 'junction')
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    writeFileSync(join(folder, 'example.ts'), example.replace('http://127.0.0.1:8080', server.url))
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'example.ts')], { timeout: 30_000 })
    assert.match(stdout, /^FP32 \[ 1, 2 \] Float32Array\(2\) \[ 0\.25, 0\.75 \]\n2 req-7 .*infer: 1\.25.* \d/s)
    assert.match(stdout, /the model has no input "picture"; it takes "image" FP32 \[\?, 1, 8, 8\]\n$/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
