import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { test } from 'node:test'
import { tensor } from '@slipway/protocol'
import { encodeTensors, FrameReader, KIND } from '../../src/replicas/frames.ts'
import { createProcessCarrier, workerCommand } from '../../src/replicas/process.ts'
import { connectNode } from '../../src/replicas/process-wire.ts'
import { testCarrier } from '../contract/carrier.ts'
import { testWire } from '../contract/wire.ts'
import { echoSpec, privateFolder, rows } from '../support/worker-spec.ts'

const create = (folder: string) => createProcessCarrier({ folder, command: workerCommand(), env: {} })
testCarrier('process', create)
testWire('node', connectNode)

test('a worker that is killed fails the runs on it instead of leaving them', async () => {
  await using folder = await privateFolder()
  const carrier = create(folder.path)
  const worker = await carrier.spawn(2 ** 31, () => undefined)
  const link = await carrier.connect(worker.address)
  await link.open(await echoSpec(folder.path, 'hang'))
  const runs = [link.run([rows(1)]), link.run([rows(2)])]
  worker.kill()
  for (const run of runs) await assert.rejects(run, { name: 'LinkLost' })
  assert.deepEqual(await worker.exited, { code: null, signal: 'SIGKILL' })
})

test('a worker ends by itself, and takes its socket along, when nobody is connected any more', async () => {
  await using folder = await privateFolder()
  const carrier = create(folder.path)
  const worker = await carrier.spawn(2 ** 31, () => undefined)
  const link = await carrier.connect(worker.address)
  await link.open(await echoSpec(folder.path, 'echo'))
  link.close()
  assert.deepEqual(await worker.exited, { code: 0, signal: null })
  assert.deepEqual(
    (await readdir(folder.path)).filter((name) => name.endsWith('.sock')),
    [],
  )
})

test('a command that is no worker is reported, not waited for', async () => {
  await using folder = await privateFolder()
  const carrier = createProcessCarrier({ folder: folder.path, command: [process.execPath, '-e', 'process.exit(7)'], env: {} })
  await assert.rejects(
    carrier.spawn(2 ** 31, () => undefined),
    /ended before it listened \(exit code 7\)/,
  )
})

test('a worker whose answers are not read for a while goes on when they are', { timeout: 20_000 }, async () => {
  await using folder = await privateFolder()
  const worker = await create(folder.path).spawn(2 ** 31, () => undefined)
  const { defaults, ...spec } = await echoSpec(folder.path, 'echo')
  const socket = connect(worker.address)
  await once(socket, 'connect')
  const answered: number[] = []
  const reader = new FrameReader((frame) => answered.push(frame.id), 2 ** 32)
  socket.write(Buffer.concat(encodeTensors(KIND.open, 0, [defaults], { fields: spec })))
  reader.push(((await once(socket, 'data')) as [Buffer])[0])
  socket.pause()
  // More answers than the system holds for us, each below the high-water mark of a socket.
  const ids = Array.from({ length: 30 }, (_, index) => index + 1)
  const inputs = new Map([['x', tensor('FP32', [6000], new Float32Array(6000))]])
  const frames = ids.flatMap((id) => encodeTensors(KIND.run, id, [inputs]))
  await new Promise<void>((resolve) => socket.write(Buffer.concat(frames), () => resolve()))
  for await (const chunk of socket) {
    reader.push(chunk as Buffer)
    if (answered.length > ids.length) break
  }
  assert.deepEqual(answered, [0, ...ids])
  worker.kill()
  await worker.exited
})
