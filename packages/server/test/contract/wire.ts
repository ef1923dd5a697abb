/** What every wire to a worker promises, whatever sockets the engine has. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ConnectWire } from '../../src/replicas/process-wire.ts'
import { privateFolder } from '../support/worker-spec.ts'

/** A listener at the other end, and the first connection to it. */
async function listener(folder: string) {
  const address = join(folder, 'wire.sock')
  const server = createServer()
  server.listen(address)
  await once(server, 'listening')
  const accepted = once(server, 'connection').then(([socket]) => socket as Socket)
  return { address, accepted, close: () => server.close() }
}

export function testWire(name: string, connect: ConnectWire): void {
  test(`${name}: octets arrive whole and in order, past what the system holds for a reader that pauses`, { timeout: 20_000 }, async () => {
    await using folder = await privateFolder()
    const { address, accepted, close } = await listener(folder.path)
    const wire = await connect(address, { bytes: () => undefined, closed: () => undefined })
    const socket = await accepted
    socket.pause()
    const large = new Uint8Array(4 * 2 ** 20).map((_, index) => index * 31)
    wire.send([Uint8Array.of(1, 2, 3), large, Uint8Array.of(4)])
    wire.send([Uint8Array.of(5, 6)])
    wire.end()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    assert.ok(Buffer.concat(chunks).equals(Buffer.concat([Uint8Array.of(1, 2, 3), large, Uint8Array.of(4, 5, 6)])))
    close()
  })

  test(`${name}: what came is the receiver's to keep, and the end is told once`, { timeout: 20_000 }, async () => {
    await using folder = await privateFolder()
    const { address, accepted, close } = await listener(folder.path)
    const kept: Buffer[] = []
    let ends = 0
    const ended = Promise.withResolvers<void>()
    const enough = Promise.withResolvers<void>()
    await connect(address, {
      bytes: (chunk) => {
        kept.push(chunk)
        if (kept.reduce((sum, one) => sum + one.byteLength, 0) === 3 * 2 ** 20) enough.resolve()
      },
      closed: () => {
        ends += 1
        ended.resolve()
      },
    })
    const socket = await accepted
    const sent = Buffer.alloc(3 * 2 ** 20).map((_, index) => index * 17)
    socket.write(sent)
    await enough.promise
    assert.ok(Buffer.concat(kept).equals(sent))
    socket.destroy()
    await ended.promise
    assert.equal(ends, 1)
    close()
  })

  test(`${name}: a receiver that throws has its connection closed`, { timeout: 20_000 }, async () => {
    await using folder = await privateFolder()
    const { address, accepted, close } = await listener(folder.path)
    const ended = Promise.withResolvers<void>()
    await connect(address, {
      bytes: () => {
        throw new RangeError('no frame')
      },
      closed: ended.resolve,
    })
    ;(await accepted).on('error', () => undefined).write('x')
    await ended.promise
    close()
  })

  test(`${name}: nobody at the address is an error`, async () => {
    await using folder = await privateFolder()
    await assert.rejects(connect(join(folder.path, 'nobody.sock'), { bytes: () => undefined, closed: () => undefined }))
  })
}
