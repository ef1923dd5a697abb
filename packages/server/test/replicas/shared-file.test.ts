import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { tensor } from '@slipway/protocol'
import { createProcessCarrier, workerCommand } from '../../src/replicas/process.ts'
import { hasSharedMemory, MOST_SHARED_BYTES, SharedFile, SharedReader } from '../../src/replicas/shared-file.ts'
import { echoSpec, privateFolder } from '../support/worker-spec.ts'

const skip = hasSharedMemory() ? false : 'this system has no /dev/shm; large frames go by the socket'
const ours = () => readdirSync('/dev/shm').filter((name) => name.startsWith('slipway-'))

test('what is put is read as it was, two places at a time, and is nobody else’s', { skip }, () => {
  const file = new SharedFile(`slipway-${randomUUID()}`)
  try {
    assert.equal(statSync(file.path).mode & 0o777, 0o600)
    const reader = new SharedReader(file.path)
    const one = file.put([Buffer.from('abc'), Buffer.from('defgh')], 8)
    const two = file.put([Buffer.from('12345678')], 8)
    assert.equal(file.put([Buffer.from('x')], 1), undefined)
    const into = Buffer.alloc(8)
    reader.read(one as number, into)
    assert.equal(String(into), 'abcdefgh')
    reader.read(two as number, into)
    assert.equal(String(into), '12345678')
    file.giveBack(one as number)
    assert.equal(file.put([Buffer.from('x')], 1), one)
    assert.throws(() => reader.read(1000 + Math.max(one as number, two as number), into), RangeError)
    reader.close()
  } finally {
    file.close()
  }
  assert.equal(existsSync(file.path), false)
})

test('what is too large for a place is left to the socket; of how many parts it is does not matter', { skip }, () => {
  const file = new SharedFile(`slipway-${randomUUID()}`)
  try {
    assert.equal(file.put([], MOST_SHARED_BYTES + 1), undefined)
    const many = Array.from({ length: 2000 }, () => Buffer.from('x'))
    assert.notEqual(file.put(many, 2000), undefined)
  } finally {
    file.close()
  }
})

test('large runs come through whole, in order, by socket and file, and leave no file behind', { skip }, async () => {
  await using folder = await privateFolder()
  const before = ours()
  const carrier = createProcessCarrier({ folder: folder.path, command: workerCommand(), env: {} })
  const worker = await carrier.spawn(2 ** 31, () => undefined)
  const link = await carrier.connect(worker.address)
  await link.open(await echoSpec(folder.path, 'echo'))
  const large = (value: number, rows: number) => new Map([['x', tensor('FP32', [rows, 2], new Float32Array(2 * rows).fill(value))]])
  for (let turn = 0; turn < 4; turn++) {
    const answers = await Promise.all([link.run([large(turn, 50_000), large(-turn, 20_001)]), link.run([large(10 + turn, 90_000)])])
    const [first, second] = answers.map(({ outputs }) => outputs.get('y')?.data as Float32Array)
    assert.deepEqual([first?.length, first?.[0], first?.[99_999], first?.[100_000], first?.at(-1)], [140_002, turn, turn, -turn, -turn])
    assert.deepEqual([second?.length, second?.[0], second?.at(-1)], [180_000, 10 + turn, 10 + turn])
  }
  assert.deepEqual(ours(), before)
  link.close()
  await worker.exited
})
