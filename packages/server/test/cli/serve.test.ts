import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exited, fixture, printed, slipway, startSlipway } from './run-command.ts'

const URL_PRINTED = /http:\/\/127\.0\.0\.1:\d+/

test('serve prints where, what and with how much, answers, and ends with 0 on SIGTERM', async () => {
  const server = startSlipway(['serve', fixture('mlp64.onnx'), '--port', '0', '--log-level', 'warn'])
  const banner = await printed(server.stdout, /Ctrl\+C stops/)
  const [url] = URL_PRINTED.exec(banner) ?? []
  assert.match(banner, /mlp64 {2}version 1/)
  assert.match(banner, /x {2}FP32 \[batch, 64\]/)
  assert.match(banner, /\d+ replicas? × \d+ threads?/)
  assert.match(banner, /\d+(\.\d+)? CPUs? \(/)
  assert.match(banner, /batches of up to 64 rows/)

  const row = JSON.stringify([Array(64).fill(0.5)])
  const [remote, local, typo] = await Promise.all([
    slipway(['predict', `${url}/v2/models/mlp64`, '-i', '-', '--json'], { stdin: row }),
    slipway(['predict', fixture('mlp64.onnx'), '-i', '-', '--json'], { stdin: row }),
    slipway(['predict', url as string, '-m', 'mlp46', '-i', '-'], { stdin: row }),
  ])
  assert.equal(remote.code, 0, remote.stderr)
  assert.deepEqual(JSON.parse(remote.stdout).outputs, JSON.parse(local.stdout).outputs)
  assert.equal(typo.code, 3)
  assert.match(typo.stderr, /the server has no model "mlp46"; did you mean "mlp64"\?/)

  server.kill('SIGTERM')
  assert.deepEqual(await exited(server), { code: 0, signal: null })
})

test('serve tells programs the same as one JSON document', async () => {
  const server = startSlipway(['serve', fixture('mlp64.onnx'), '--port', '0', '--json'])
  const told = JSON.parse(await printed(server.stdout, /\n\}\n$/))
  assert.match(told.url, URL_PRINTED)
  assert.deepEqual(
    told.models.map(({ name, version }: { name: string; version: string }) => [name, version]),
    [['mlp64', '1']],
  )
  server.kill('SIGINT')
  assert.deepEqual(await exited(server), { code: 0, signal: null })
})

test('serve ends in order when the launcher that started it is gone', async () => {
  const server = startSlipway(['serve', fixture('mlp64.onnx'), '--port', '0'], {}, 'ipc')
  await printed(server.stdout, /Ctrl\+C stops/)
  server.disconnect()
  assert.deepEqual(await exited(server), { code: 0, signal: null })
})

test('serve refuses to stand open to other machines, to serve nothing, and what is not there', async () => {
  const [open, nothing, missing] = await Promise.all([
    slipway(['serve', fixture('mlp64.onnx'), '--host', '0.0.0.0', '--port', '0']),
    slipway(['serve', '--port', '0']),
    slipway(['serve', fixture('none.onnx'), '--port', '0']),
  ])
  assert.equal(open.code, 2)
  assert.match(open.stderr, /--insecure/)
  assert.equal(nothing.code, 2)
  assert.match(nothing.stderr, /there is nothing to serve: name a model/)
  assert.equal(missing.code, 3)
  assert.match(missing.stderr, /none\.onnx/)
})
