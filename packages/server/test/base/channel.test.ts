import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Channel, type ChannelHandlers } from '../../src/base/channel.ts'

const SILENT: ChannelHandlers = { told: () => undefined, asked: async () => undefined, closed: () => undefined }

async function pair(left: ChannelHandlers, right: ChannelHandlers): Promise<readonly [Channel, Channel]> {
  const server = createServer()
  server.listen(join(tmpdir(), `slipway-channel-${process.pid}-${Math.random()}.sock`))
  await once(server, 'listening')
  const arrived = once(server, 'connection') as Promise<[Socket]>
  const socket = connect(server.address() as string)
  const [accepted] = await arrived
  server.close()
  return [new Channel(socket, left), new Channel(accepted, right)]
}

test('answers go to who asked, in whatever order they come, with maps and bytes as they were', async () => {
  const slow = Promise.withResolvers<string>()
  const asked: ChannelHandlers['asked'] = async (kind, body) => (kind === 'slow' ? slow.promise : body)
  const [left, right] = await pair(SILENT, { ...SILENT, asked })
  const first = left.ask('slow', undefined)
  const value = { map: new Map([['a', Uint8Array.of(1, 2)]]), big: 2n ** 60n, text: 'x'.repeat(100_000) }
  assert.deepEqual(await left.ask('echo', value), value)
  slow.resolve('late')
  assert.equal(await first, 'late')
  right.close()
})

test('what fails there is told here, and a question to one that goes is rejected', async () => {
  const closed = Promise.withResolvers<void>()
  const asked: ChannelHandlers['asked'] = (kind) => (kind === 'fails' ? Promise.reject(new Error('no')) : new Promise(() => undefined))
  const [left, right] = await pair({ ...SILENT, closed: closed.resolve }, { ...SILENT, asked })
  await assert.rejects(left.ask('fails', undefined), /no/)
  const hanging = left.ask('hangs', undefined)
  right.close()
  await assert.rejects(hanging, /gone/)
  await closed.promise
  await assert.rejects(left.ask('anything', undefined), /gone/)
})
