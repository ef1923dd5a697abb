/** What every worker promises (docs/frames.md), asked of a real process over its socket. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestOptions, test } from 'node:test'
import { tensor } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { encodeMessage, encodeTensors, type FrameKind, KIND } from '../../src/replicas/frames.ts'
import { frameOf, NO_FRAMES } from '../support/no-frames.ts'
import { openFrame, RawConnection, small, startWorker, type WorkerMember } from '../support/raw-worker.ts'
import { answers, errorOf, LIMIT } from '../support/worker-answers.ts'
import { privateFolder } from '../support/worker-spec.ts'
import { testWorkerCore } from './worker-core.ts'

export function testWorker(member: WorkerMember, options: TestOptions = {}): void {
  const { name } = member
  const all = { ...LIMIT, ...options }
  testWorkerCore(member, options)

  test(`${name}: octets that are no frame end their connection, and no other`, all, async () => {
    await using started = await startWorker(member)
    const good = await started.opened()
    for (const [what, octets] of Object.entries(NO_FRAMES)) {
      const bad = await started.connect()
      bad.socket.write(octets)
      assert.equal(await bad.next(), undefined, what)
      await answers(good)
    }
  })

  test(`${name}: an open that says nothing of a model ends the connection`, all, async () => {
    for (const header of ['null    ', '{}      ']) {
      await using started = await startWorker(member)
      const connection = await started.connect()
      connection.socket.write(frameOf(KIND.open, 1, header))
      assert.equal(await connection.next(), undefined)
      assert.deepEqual(await started.worker.exited, { code: 0, signal: null })
    }
  })

  test(`${name}: a frame larger than the memory it may hold ends the connection, and no other`, { ...all, ...needs('linux') }, async () => {
    await using started = await startWorker(member)
    const good = await started.opened()
    const bad = await started.connect()
    bad.socket.write(frameOf(KIND.run, 1, '{}      ', { bytes: 2 ** 32 - 32 }))
    assert.equal(await bad.next(), undefined)
    await answers(good)
  })

  test(`${name}: a frame of an unknown kind is answered as one, and the next is read`, all, async () => {
    await using started = await startWorker(member)
    const connection = await started.opened()
    for (const kind of [0, KIND.result, 9, 255]) {
      connection.message(kind as FrameKind, kind + 1, {})
      assert.equal(errorOf(await connection.next(), kind + 1).code, 'UNIMPLEMENTED')
    }
    await answers(connection)
  })

  test(`${name}: a run before the model is open, and a second open, are errors`, all, async () => {
    await using started = await startWorker(member)
    const connection = await started.connect()
    connection.run(1, small(1))
    assert.match(errorOf(await connection.next(), 1).message, /no open model/)
    const spec = await started.spec()
    connection.send([...openFrame(2, spec), ...openFrame(3, spec)])
    assert.equal((await connection.next())?.kind, KIND.opened)
    assert.match(errorOf(await connection.next(), 3).message, /already/)
    await answers(connection)
  })

  test(`${name}: a file that cannot be shared is an error, and tensors go on coming by the socket`, all, async () => {
    await using started = await startWorker(member)
    const connection = await started.opened()
    connection.message(KIND.share, 1, { path: join(started.folder, randomUUID()) })
    errorOf(await connection.next(), 1)
    await answers(connection)
  })

  test(`${name}: who has sent its last gets the answers before the connection ends`, all, async () => {
    for (const last of ['half-close', 'close'] as const) {
      await using started = await startWorker(member, 'slow')
      const connection = await started.opened()
      for (const id of [1, 2, 3]) connection.run(id, small(id))
      if (last === 'close') connection.message(KIND.close, 4, {})
      else connection.socket.end()
      for (const id of [1, 2, 3]) assert.equal((await connection.next())?.id, id, last)
      assert.equal(await connection.next(), undefined)
      assert.deepEqual(await started.worker.exited, { code: 0, signal: null })
    }
  })

  test(`${name}: ends when its last connection does, and takes its socket along`, all, async () => {
    await using started = await startWorker(member)
    const first = await started.opened()
    const second = await started.connect()
    await answers(second)
    first.socket.destroy()
    await answers(second)
    // In the middle of a frame, as a process that is killed leaves it.
    second.socket.write(encodeMessage(KIND.close, 1, {})[0]?.subarray(0, 5) as Uint8Array)
    second.socket.destroy()
    assert.deepEqual(await started.worker.exited, { code: 0, signal: null })
    assert.equal(existsSync(started.worker.address), false)
  })

  test(`${name}: answers that nobody reads for a while arrive when they are read`, all, async () => {
    await using started = await startWorker(member)
    // More answers than the system holds for us, each below the high-water mark of a socket.
    const inputs = new Map([['x', tensor('FP32', [6000], new Float32Array(6000))]])
    const connection = await started.opened(inputs)
    connection.socket.pause()
    const ids = Array.from({ length: 30 }, (_, index) => index + 1)
    const frames = ids.flatMap((id) => encodeTensors(KIND.run, id, [inputs]))
    connection.send(frames)
    await new Promise((resolve) => setTimeout(resolve, 50))
    connection.socket.resume()
    for (const id of ids) assert.equal((await connection.next())?.id, id)
  })

  test(`${name}: ends when who started it is killed, whoever else is connected`, { ...all, ...needs('linux') }, async () => {
    await using folder = await privateFolder()
    const options = JSON.stringify({ folder: folder.path, ...(await member.start()) })
    const script = join(import.meta.dirname, '..', 'support', 'worker-parent.ts')
    const parent = spawn(process.execPath, [script, options], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [address] = (await once(parent.stdout, 'data')) as [Buffer]
    const connection = await RawConnection.to(address.toString().trim())
    connection.run(1, small(1))
    assert.equal((await connection.next())?.kind, KIND.error)
    parent.kill('SIGKILL')
    assert.equal(await connection.next(), undefined)
  })

  test(`${name}: a model that ends its process ends the connection`, all, async () => {
    await using started = await startWorker(member, 'exit')
    const connection = await started.opened()
    connection.run(1, small(1))
    assert.equal(await connection.next(), undefined)
    assert.equal((await started.worker.exited).code, 3)
  })
}
