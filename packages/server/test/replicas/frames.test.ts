import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Tensor, type Tensors, tensor } from '@slipway/protocol'
import fc from 'fast-check'
import { decodeTensors, encodeMessage, encodeTensors, type Frame, FrameReader, KIND, type TensorHead } from '../../src/replicas/frames.ts'

const joined = (parts: readonly Uint8Array[]) => Buffer.concat(parts)

function read(stream: Buffer, cuts: readonly number[], mostBytes = 2 ** 31): Frame[] {
  const frames: Frame[] = []
  const reader = new FrameReader((frame) => frames.push({ ...frame, payload: frame.payload.slice() }), mostBytes)
  const edges = [0, ...[...cuts].sort((a, b) => a - b), stream.byteLength]
  for (let index = 1; index < edges.length; index++) reader.push(Buffer.from(stream.subarray(edges[index - 1], edges[index])))
  return frames
}

const tensors = (frame: Frame | undefined) =>
  decodeTensors(frame?.header as { tensors: readonly TensorHead[] }, frame?.payload as Uint8Array)

const sample: Tensors = new Map([
  ['a', tensor('UINT8', [3], Uint8Array.of(1, 2, 3))],
  ['__proto__', tensor('INT64', [1], BigInt64Array.of(-1n))],
  ['text', tensor('BYTES', [2], [Buffer.from(''), Buffer.from('drei')])],
])

test('frames cut anywhere come out whole and in order', () => {
  const stream = joined([
    ...encodeMessage(KIND.open, 7, { runtime: 'echo' }),
    ...encodeTensors(KIND.run, 8, [sample]),
    ...encodeMessage(KIND.close, 9, {}),
  ])
  fc.assert(
    fc.property(fc.array(fc.nat(stream.byteLength), { maxLength: 12 }), (cuts) => {
      const frames = read(stream, cuts)
      assert.deepEqual(
        frames.map(({ kind, id }) => [kind, id]),
        [
          [KIND.open, 7],
          [KIND.run, 8],
          [KIND.close, 9],
        ],
      )
      assert.deepEqual(
        [...tensors(frames[1])],
        [...sample].map(([name, value]) => [
          name,
          value.datatype === 'BYTES'
            ? tensor(
                'BYTES',
                value.shape,
                value.data.map((one) => Buffer.from(one)),
              )
            : value,
        ]),
      )
    }),
  )
})

test('a frame starts every tensor at a multiple of 8', () => {
  const bytes = joined(encodeTensors(KIND.run, 1, [sample]))
  assert.equal(bytes.byteLength % 8, 0)
  const [frame] = read(bytes, [])
  const whole = (frame as Frame).payload
  assert.deepEqual([...new BigInt64Array(Uint8Array.from(whole.subarray(8, 16)).buffer)], [-1n])
})

test('rows of several parts are joined in one frame', () => {
  const part = (value: number) => new Map([['x', tensor('FP32', [1, 2], Float32Array.of(value, value))]])
  const [frame] = read(joined(encodeTensors(KIND.run, 1, [part(1), part(2), part(3)])), [])
  assert.deepEqual(tensors(frame).get('x'), tensor('FP32', [3, 2], Float32Array.of(1, 1, 2, 2, 3, 3)))
})

test('rows of several parts stand where one tensor of all of them would, beside others and past the size of a joined frame', () => {
  for (const width of [1, 3, 9000]) {
    const part = (value: number): Tensors =>
      new Map([
        ['flags', tensor('UINT8', [1, 3], Uint8Array.of(value, value, value))],
        ['text', tensor('BYTES', [1], [Buffer.from('x'.repeat(value))])],
        ['wide', tensor('INT64', [1, width], new BigInt64Array(width).fill(BigInt(value)))],
        ['half', tensor('FP16', [1, 1], Uint16Array.of(value))],
      ])
    const [frame] = read(joined(encodeTensors(KIND.run, 1, [part(1), part(2), part(3)])), [])
    const found = tensors(frame)
    assert.deepEqual([...(found.get('flags')?.data ?? [])], [1, 1, 1, 2, 2, 2, 3, 3, 3])
    assert.deepEqual(
      [...((found.get('text') as Tensor).data as readonly Uint8Array[])].map((one) => Buffer.from(one).toString()),
      ['x', 'xx', 'xxx'],
    )
    assert.deepEqual(
      found.get('wide')?.data,
      BigInt64Array.from({ length: 3 * width }, (_, index) => BigInt(1 + Math.floor(index / width))),
    )
    assert.deepEqual(found.get('half')?.data, Uint16Array.of(1, 2, 3))
  }
})

test('a length past the limit, and one too small for a frame, end the stream', () => {
  const huge = Buffer.alloc(16)
  huge.writeUInt32LE(2 ** 30, 0)
  assert.throws(() => read(huge, [], 1024), /the limit is 1024/)
  assert.throws(() => read(Buffer.alloc(16), []), RangeError)
})

test('a header that claims to be longer than its frame is refused', () => {
  const frame = joined(encodeMessage(KIND.open, 1, {}))
  frame.writeUInt32LE(10_000, 12)
  assert.throws(() => read(frame, []), /header is longer/)
})

test('tensor lengths that run past the payload are refused', () => {
  assert.throws(() => decodeTensors({ tensors: [['x', 'FP32', [4], 16]] }, new Uint8Array(8)), /ends inside tensor x/)
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(4_294_967_295)
  assert.throws(() => decodeTensors({ tensors: [['x', 'BYTES', [1], 8]] }, bytes), /inside a BYTES element/)
})

test('the memory of a long frame that was taken back holds the next one, which is none the wiser', () => {
  const part = (value: number, count: number): Tensors => new Map([['x', tensor('FP32', [count], new Float32Array(count).fill(value))]])
  const seen: Frame[] = []
  const reader = new FrameReader((frame) => seen.push(frame), 2 ** 31)
  const send = (value: number, count: number) => {
    const bytes = joined(encodeTensors(KIND.run, 1, [part(value, count)]))
    for (let at = 0; at < bytes.byteLength; at += 65_536) reader.push(Buffer.from(bytes.subarray(at, at + 65_536)))
    return seen.at(-1) as Frame
  }
  const first = send(1, 100_000)
  reader.takeBack(first.room as Buffer)
  const second = send(2, 90_000)
  assert.equal(second.room?.buffer, first.room?.buffer)
  assert.deepEqual(tensors(second).get('x')?.data, new Float32Array(90_000).fill(2))
  const third = send(3, 200_000)
  assert.notEqual(third.room?.buffer, first.room?.buffer)
  assert.deepEqual(tensors(third).get('x')?.data, new Float32Array(200_000).fill(3))
  assert.deepEqual(tensors(second).get('x')?.data, new Float32Array(90_000).fill(2))
})
