import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
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
