/** What a model needs of its worker, on any interpreter: frames there and back (docs/frames.md), asked of a real process over its socket. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestOptions, test } from 'node:test'
import { type Tensors, tensor } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { encodeTensors, KIND } from '../../src/replicas/frames.ts'
import { everyTensor, told } from '../support/every-tensor.ts'
import { openFrame, type RawConnection, small, startWorker, tensorsOf, type WorkerMember } from '../support/raw-worker.ts'
import { errorOf, firstOf, headerOf, LIMIT } from '../support/worker-answers.ts'

/** Writes the octets in pieces of their own, so that the worker reads them cut. */
async function sendCut(connection: RawConnection, octets: Buffer, size: number): Promise<void> {
  for (let at = 0; at < octets.byteLength; at += size) {
    connection.socket.write(octets.subarray(at, at + size))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export function testWorkerCore(member: WorkerMember, options: TestOptions = {}): void {
  const { name } = member
  const all = { ...LIMIT, ...options }

  test(`${name}: opens a model, answers its runs with their ids and says how long they took`, all, async () => {
    await using started = await startWorker(member)
    const connection = await started.opened()
    connection.run(2 ** 32 - 1, small(3))
    const frame = await connection.next()
    assert.equal(frame?.id, 2 ** 32 - 1)
    assert.deepEqual(told(tensorsOf(frame)), told(small(3)))
    const { inferMs, transformMs } = headerOf(frame)
    for (const ms of [inferMs, transformMs]) assert.ok(typeof ms === 'number' && ms >= 0 && ms < 30_000, `${ms}`)
  })

  test(`${name}: every datatype comes back bit for bit, also scalars, empty tensors and octets that are no text`, all, async () => {
    await using started = await startWorker(member)
    const sent = everyTensor()
    const connection = await started.opened(sent)
    connection.run(1, sent)
    assert.deepEqual(told(tensorsOf(await connection.next())), told(sent))
  })

  test(`${name}: what the model finds wrong, and what breaks in it, is an error after which it goes on`, all, async () => {
    for (const [behaviour, code] of [
      ['fail', 'INVALID_ARGUMENT'],
      ['throw', 'INTERNAL'],
    ] as const) {
      await using started = await startWorker(member, behaviour)
      const connection = await started.opened()
      for (const id of [5, 6]) {
        connection.run(id, small(1))
        const said = errorOf(await connection.next(), id)
        assert.equal(said.code, code)
        if (behaviour === 'fail') assert.match(said.message, /this model fails every run/)
        else assert.doesNotMatch(said.message, /secret|\//)
      }
    }
  })

  test(`${name}: a model that cannot be opened says why`, all, async () => {
    await using started = await startWorker(member, 'refuse')
    const connection = await started.connect()
    connection.send(openFrame(4, await started.spec()))
    const said = errorOf(await connection.next(), 4)
    assert.equal(said.code, 'FAILED_PRECONDITION')
    assert.match(said.message, /this model refuses to open/)
  })

  test(`${name}: several frames in flight are answered in the order in which they came`, all, async () => {
    await using started = await startWorker(member, 'slow')
    const connection = await started.connect()
    const frames = [openFrame(0, await started.spec()), ...[30, 10, 20].map((id) => encodeTensors(KIND.run, id, [small(id)]))]
    connection.send(frames.flat())
    assert.equal((await connection.next())?.kind, KIND.opened)
    for (const id of [30, 10, 20]) {
      const frame = await connection.next()
      assert.equal(frame?.id, id)
      assert.equal(firstOf(frame), id)
    }
  })

  test(`${name}: frames that come in pieces of any size are read`, all, async () => {
    await using started = await startWorker(member)
    const connection = await started.opened()
    const large = new Map([
      [
        'x',
        tensor(
          'FP32',
          [50_001],
          Float32Array.from({ length: 50_001 }, (_, index) => index),
        ),
      ],
    ])
    const few = Buffer.concat([1, 2, 3].flatMap((id) => [...encodeTensors(KIND.run, id, [small(id)])]))
    const many = Buffer.concat([small(1), large, small(3)].flatMap((inputs, index) => [...encodeTensors(KIND.run, index + 1, [inputs])]))
    for (const [octets, size] of [
      [few, 1],
      [few, 3],
      [few, 17],
      [many, 4099],
      [many, 65_537],
    ] as const) {
      await sendCut(connection, octets, size)
      for (const id of [1, 2, 3]) {
        const frame = await connection.next()
        assert.equal(frame?.id, id, `in pieces of ${size}`)
        assert.equal(tensorsOf(frame).get('x')?.data.at(-1), octets === many && id === 2 ? 50_000 : id)
      }
    }
  })

  test(`${name}: large tensors are read from the shared file, and answered by the socket`, { ...all, ...needs('linux') }, async () => {
    await using started = await startWorker(member)
    const sent: Tensors = new Map([
      ['a', tensor('UINT8', [3], Uint8Array.of(1, 2, 3))],
      ['b', tensor('BYTES', [2], [Uint8Array.of(), Uint8Array.of(0, 255)])],
      [
        'c',
        tensor(
          'FP64',
          [40_000],
          Float64Array.from({ length: 40_000 }, (_, index) => index / 3),
        ),
      ],
    ])
    const connection = await started.opened(sent)
    const path = join(started.folder, 'shared')
    await writeFile(path, new Uint8Array(8))
    connection.message(KIND.share, 1, { path })
    assert.deepEqual(await connection.next().then((frame) => [frame?.kind, frame?.id]), [KIND.shared, 1])
    for (const at of [0, 4096]) {
      let octets = Buffer.alloc(0)
      const place = (parts: readonly Uint8Array[]) => {
        octets = Buffer.concat(parts)
        return at
      }
      const frame = encodeTensors(KIND.run, at + 2, [sent], { place })
      await writeFile(path, Buffer.concat([new Uint8Array(at), octets]))
      connection.send(frame)
      const answer = await connection.next()
      assert.equal(headerOf(answer).at, undefined)
      assert.deepEqual(told(tensorsOf(answer)), told(sent))
    }
  })
}
