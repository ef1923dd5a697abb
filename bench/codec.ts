/** Nanoseconds per operation of the V2 codec, beside JSON.parse and JSON.stringify on the same octets. */
import { decodeInferRequest, encodeInferResponse, parseJson, type Tensor, tensor } from '@slipway/protocol'

const encoder = new TextEncoder()
const never = () => false

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 + ((Math.imul(state, 22695477) + 1) >>> 0) / 2 ** 64
  }
}

function requestOf(datatype: string, values: readonly unknown[]): Uint8Array {
  return encoder.encode(`{"inputs":[{"name":"x","shape":[1,${values.length}],"datatype":"${datatype}","data":[${values.join(',')}]}]}`)
}

/** How often to run so that one round lasts some 10 ms. */
function timesFor(run: () => unknown): number {
  for (let times = 64; ; times *= 2) if (milliseconds(run, times) > 10) return times
}

let sink: unknown
function milliseconds(run: () => unknown, times: number): number {
  const from = performance.now()
  for (let index = 0; index < times; index++) sink = run()
  return performance.now() - from
}

/** Rounds of both by turns, the best of each: what else the machine does then disturbs neither. */
function compare(name: string, ours: () => unknown, engine: () => unknown): void {
  const sides = [ours, engine].map((run) => ({ run, times: timesFor(run), best: Number.POSITIVE_INFINITY }))
  for (let round = 0; round < 30; round++)
    for (const side of sides) side.best = Math.min(side.best, (milliseconds(side.run, side.times) * 1e6) / side.times)
  const [mine, theirs] = sides.map(({ best }) => best) as [number, number]
  const row = [name.padEnd(44), mine.toFixed(0).padStart(9), 'ns  engine', theirs.toFixed(0).padStart(9), 'ns ', (mine / theirs).toFixed(2)]
  console.log(`${row.join(' ')} ×`)
}

const next = random(42)
const singles = (length: number) => Float32Array.from({ length }, () => next() * 4 - 2)
const bodies: [string, Uint8Array][] = [
  [
    'decode FP32 [1,64], doubles of 16-18 digits',
    requestOf(
      'FP32',
      Array.from({ length: 64 }, () => next() * 4 - 2),
    ),
  ],
  [
    'decode FP32 [1,64], shortest singles',
    requestOf(
      'FP32',
      Array.from(singles(64), (value) => Number(value.toPrecision(9))),
    ),
  ],
  [
    'decode FP64 [1,64], doubles of 16-18 digits',
    requestOf(
      'FP64',
      Array.from({ length: 64 }, () => next() * 4 - 2),
    ),
  ],
  [
    'decode INT64 [1,64], token ids',
    requestOf(
      'INT64',
      Array.from({ length: 64 }, () => Math.floor(next() * 50000)),
    ),
  ],
  [
    'decode UINT8 [1,3072], pixels',
    requestOf(
      'UINT8',
      Array.from({ length: 3072 }, () => Math.floor(next() * 256)),
    ),
  ],
  [
    'decode FP32 [1,150528], image',
    requestOf(
      'FP32',
      Array.from(singles(150528), (value) => Number(value.toPrecision(9))),
    ),
  ],
  ['decode BYTES [1,1], a sentence', requestOf('BYTES', [JSON.stringify('The quick brown fox jumps over the lazy dog, twice.')])],
]
for (const [name, body] of bodies) {
  const text = Buffer.from(body)
  compare(
    name,
    () => decodeInferRequest(text, { model: 'm' }),
    () => JSON.parse(text.toString()),
  )
}
const [, first] = bodies[0] as [string, Uint8Array]
compare(
  'parseJson of the first',
  () => parseJson(first),
  () => JSON.parse(Buffer.from(first.buffer, first.byteOffset, first.byteLength).toString()),
)

const answers: [string, Tensor][] = [
  ['encode FP32 [1,16]', tensor('FP32', [1, 16], singles(16))],
  [
    'encode FP32 [1,1000], softmax',
    tensor(
      'FP32',
      [1, 1000],
      singles(1000).map((value) => Math.exp(value * 8) / 1e4),
    ),
  ],
  ['encode FP64 [1,16]', tensor('FP64', [1, 16], Float64Array.from({ length: 16 }, next))],
  [
    'encode INT64 [1,16]',
    tensor(
      'INT64',
      [1, 16],
      BigInt64Array.from({ length: 16 }, () => BigInt(Math.floor(next() * 1e6))),
    ),
  ],
]
for (const [name, value] of answers) {
  const response = { model: 'm', version: '1', outputs: new Map([['y', value]]) }
  const plain = () => ({
    model_name: 'm',
    model_version: '1',
    outputs: [{ name: 'y', datatype: value.datatype, shape: value.shape, data: Array.from(value.data as Iterable<unknown>, Number) }],
  })
  compare(
    name,
    () => encodeInferResponse(response, { binaryOutput: never }),
    () => Buffer.from(JSON.stringify(plain())),
  )
}

if (sink === undefined) throw new Error('nothing was measured')
