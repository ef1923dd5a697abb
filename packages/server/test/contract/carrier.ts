/** What every carrier promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tensor } from '@slipway/protocol'
import type { Carrier } from '../../src/replicas/carrier.ts'
import { echoSpec, firstColumn, privateFolder, rows } from '../support/worker-spec.ts'

const plain = (element: number | bigint | Uint8Array) =>
  typeof element === 'object' ? Buffer.from(element).toString('hex') : String(element)

export function testCarrier(name: string, create: (folder: string) => Carrier): void {
  const opened = async (folder: string, behaviour: string) => {
    const carrier = create(folder)
    const worker = await carrier.spawn(2 ** 31, () => undefined)
    const link = await carrier.connect(worker.address)
    await link.open(await echoSpec(folder, behaviour)).catch((error: unknown) => {
      worker.kill()
      throw error
    })
    return { carrier, worker, link }
  }

  test(`${name}: answers every row it was asked, joined in order`, async () => {
    await using folder = await privateFolder()
    const { link, worker } = await opened(folder.path, 'echo')
    const { outputs, inferMs, transportMs } = await link.run([rows(1, 2), rows(3), rows(4, 5)])
    assert.deepEqual(outputs.get('y')?.shape, [5, 2])
    assert.deepEqual(firstColumn(outputs), [1, 2, 3, 4, 5])
    assert.ok(inferMs >= 0 && transportMs >= 0)
    worker.kill()
    await worker.exited
  })

  test(`${name}: carries every datatype, empty tensors and scalars unchanged`, async () => {
    await using folder = await privateFolder()
    const { link, worker } = await opened(folder.path, 'echo')
    const values = [
      tensor('INT64', [2], BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)),
      tensor('BYTES', [3], [Uint8Array.of(), Uint8Array.of(0, 255), Buffer.from('né')]),
      tensor('BOOL', [1], Uint8Array.of(1)),
      tensor('FP16', [1], Uint16Array.of(0x7c01)),
      tensor('FP32', [0, 2], new Float32Array(0)),
      tensor('FP64', [], Float64Array.of(Number.NaN)),
      tensor('UINT8', [3], Uint8Array.of(1, 2, 3)),
    ]
    for (const value of values) {
      const { outputs } = await link.run([new Map([['x', value]])])
      const answered = outputs.get('y')
      assert.deepEqual({ datatype: answered?.datatype, shape: answered?.shape }, { datatype: value.datatype, shape: value.shape })
      assert.deepEqual([...(answered?.data ?? [])].map(plain), [...value.data].map(plain))
    }
    worker.kill()
    await worker.exited
  })

  test(`${name}: an optional input has its default where a request leaves it out`, async () => {
    await using folder = await privateFolder()
    const carrier = create(folder.path)
    const worker = await carrier.spawn(2 ** 31, () => undefined)
    const link = await carrier.connect(worker.address)
    const spec = await echoSpec(folder.path, 'echo')
    const output = (of: string) => ({ name: of, datatype: 'FP32', shape: [-1, 2], symbols: [null, null] }) as const
    await link.open({
      ...spec,
      signature: { inputs: spec.signature.inputs, outputs: ['y', 'a', 'b'].map(output) },
      defaults: new Map([
        ['text', tensor('BYTES', [2], [Buffer.from('né'), Uint8Array.of()])],
        ['offset', tensor('INT64', [], BigInt64Array.of(2n ** 63n - 1n))],
      ]),
    })
    const left = (await link.run([rows(1)])).outputs
    assert.deepEqual([...(left.get('a')?.data ?? [])].map(plain), ['6ec3a9', ''])
    assert.deepEqual([left.get('b')?.shape, left.get('b')?.data], [[], BigInt64Array.of(2n ** 63n - 1n)])
    const given = (await link.run([new Map([...rows(1), ['offset', tensor('INT64', [], BigInt64Array.of(5n))]])])).outputs
    assert.deepEqual(given.get('a')?.data, BigInt64Array.of(5n))
    assert.deepEqual(given.get('b')?.data.length, 2)
    worker.kill()
    await worker.exited
  })

  test(`${name}: carries a tensor larger than any buffer on the way`, async () => {
    await using folder = await privateFolder()
    const { link, worker } = await opened(folder.path, 'echo')
    const large = Float32Array.from({ length: 1_500_000 }, (_, index) => index)
    const { outputs } = await link.run([new Map([['x', tensor('FP32', [750_000, 2], large)]])])
    assert.deepEqual(outputs.get('y')?.data, large)
    worker.kill()
    await worker.exited
  })

  test(`${name}: frames are answered in the order asked`, async () => {
    await using folder = await privateFolder()
    const { link, worker } = await opened(folder.path, 'slow 20')
    const order: number[] = []
    await Promise.all([1, 2, 3].map(async (value) => order.push(firstColumn((await link.run([rows(value)])).outputs)[0] as number)))
    assert.deepEqual(order, [1, 2, 3])
    worker.kill()
    await worker.exited
  })

  test(`${name}: a model that fails says why, and goes on`, async () => {
    await using folder = await privateFolder()
    const { link, worker } = await opened(folder.path, 'fail')
    for (let turn = 0; turn < 2; turn++)
      await assert.rejects(link.run([rows(1)]), { code: 'INVALID_ARGUMENT', message: 'this model fails every run' })
    worker.kill()
    await worker.exited
  })

  test(`${name}: a model that does not open says why`, async () => {
    await using folder = await privateFolder()
    await assert.rejects(opened(folder.path, 'refuse'), { code: 'FAILED_PRECONDITION', message: 'this model refuses to open' })
  })

  test(`${name}: a run after close is refused, not lost`, async () => {
    await using folder = await privateFolder()
    const { link, worker } = await opened(folder.path, 'echo')
    link.close()
    worker.kill()
    await worker.exited
    await assert.rejects(link.run([rows(1)]), { name: 'LinkLost' })
  })
}
