import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { grpcServer, type Message } from '../../support/grpc.ts'
import { PAIRS } from '../../support/revision.ts'

const HEALTH = 'grpc.health.v1.Health'

test('the server, its services and its models are asked about by name', async () => {
  await using server = await grpcServer([PAIRS])
  const { call } = server.stub(HEALTH)
  for (const service of ['', HEALTH, 'inference.GRPCInferenceService', 'tensorflow.serving.PredictionService', 'pairs'])
    assert.deepEqual(await call('Check', { service }), { status: 'SERVING' }, service)
  await assert.rejects(call('Check', { service: 'none' }), { code: status.NOT_FOUND, details: /no service or model "none"/ })
})

test('a server that is not ready says so, and a watcher is told when it is', async () => {
  let ready = false
  await using server = await grpcServer([PAIRS], { ready: () => ready })
  const { client, call } = server.stub(HEALTH)
  assert.deepEqual(await call('Check', { service: '' }), { status: 'NOT_SERVING' })
  const watch = client.Watch?.({ service: '' })
  watch.on('error', () => undefined)
  const [first]: Message[] = await once(watch, 'data')
  ready = true
  const [second]: Message[] = await once(watch, 'data')
  assert.deepEqual([first.status, second.status], ['NOT_SERVING', 'SERVING'])
  watch.cancel()
  const unknown = client.Watch?.({ service: 'none' })
  unknown.on('error', () => undefined)
  const [answer]: Message[] = await once(unknown, 'data')
  assert.equal(answer.status, 'SERVICE_UNKNOWN')
  unknown.cancel()
})
