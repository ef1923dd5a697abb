import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { exited, fixture, printed, slipway, startSlipway } from './run-command.ts'

test('client writes types of what a server serves, says when nothing changed, and spares files of others', async () => {
  const folder = await temporaryFolder()
  const server = startSlipway(['serve', fixture('mlp64.onnx'), '--port', '0', '--log-level', 'warn'])
  const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(await printed(server.stdout, /Ctrl\+C stops/)) ?? []
  const out = join(folder, 'src', 'models.ts')
  const write = (...more: readonly string[]) => slipway(['client', url as string, '--out', out, ...more])

  assert.match((await write('--dry-run')).stdout, /Would write .*types of mlp64/)
  assert.throws(() => readFileSync(out))
  assert.match((await write()).stdout, /Wrote .*types of mlp64/)
  const text = readFileSync(out, 'utf8')
  assert.match(text, /interface|type/)
  assert.match(text, /mlp64/)
  assert.match((await write()).stdout, /Nothing changed/)
  assert.equal((await slipway(['client', url as string])).stdout.trimEnd(), text.trimEnd())

  writeFileSync(out, 'export const mine = 1\n')
  assert.equal((await write()).code, 4)
  assert.equal(readFileSync(out, 'utf8'), 'export const mine = 1\n')
  assert.equal((await write('--force')).code, 0)
  server.kill('SIGTERM')
  assert.deepEqual(await exited(server), { code: 0, signal: null })
})

test('client says when no server is there', async () => {
  const ended = await slipway(['client', 'http://127.0.0.1:9', '--out', 'x.ts'])
  assert.equal(ended.code, 5)
  assert.match(ended.stderr, /127\.0\.0\.1:9/)
})
