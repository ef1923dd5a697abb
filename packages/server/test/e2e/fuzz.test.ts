/** Mutated requests on every route for a while: no 5xx that means a fault, and a server that is live, right and no larger than before. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { tensor } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { encodeNpy } from '../../src/dialects/bodies/npy.ts'
import { binaryBody, GOOD_BODY } from '../support/e2e/bad-bodies.ts'
import { exchange } from '../support/e2e/raw-http.ts'
import { assertUnharmed, refusalOf } from '../support/e2e/refusal.ts'
import { FIXTURES, residentBytes, startSlipway } from '../support/e2e/slipway-process.ts'

/** FUZZ_SEED, as a failure printed it, runs the same requests again; `npm test` takes a new one each time. */
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 32)
const DURATION_MS = Number(process.env.FUZZ_MS ?? 20_000)
const SIDE_BY_SIDE = 4
const FORESEEN = [501, 503, 504, 505, 507]
/** Room for the garbage between two collections; a leak would not stop at it. */
const MOST_GROWTH_BYTES = 256 * 2 ** 20

type Random = (below: number) => number

/** Repeatable whole numbers below a bound: xorshift32 (Marsaglia, 2003). */
function createRandom(seed: number): Random {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const MODELS = ['echo', 'identity-int64', 'identity-bytes', 'odd-names']
/** Comes and goes by the requests themselves. */
const FICKLE = 'sum'
const PATHS = [
  '/',
  '/v2',
  '/v2/health/live',
  '/v2/health/ready',
  '/metrics',
  '/api/v1/server',
  '/api/v1/models',
  '/v1/models',
  '/v2/models/stats',
  '/v2/repository/index',
  '/v2/trace/setting',
  '/v2/systemsharedmemory/status',
  '/invocations',
  '/ping',
  '/execution-parameters',
  '/health',
  '/version',
  '/models',
  `/models/${FICKLE}`,
  '/models/echo/invoke',
  '/models/identity-bytes/invoke',
  '/score',
  '/swagger.json',
  '/swagger.json?version=3.1',
  '/score?data=%5B%5B1,2,3,4%5D%5D',
  '/health-check',
  '/predictions',
  '/predictions/an-id',
  '/predictions/an-id/cancel',
  '/api/v1.0/predictions',
  '/v1/endpoints/1/deployedModels/2',
  '/v1/endpoints/1/deployedModels/2:predict',
  `/v2/models/${FICKLE}/infer`,
  `/v2/repository/models/${FICKLE}/load`,
  `/v2/repository/models/${FICKLE}/unload`,
  ...MODELS.flatMap((model) => [
    `/v2/models/${model}`,
    `/v2/models/${model}/ready`,
    `/v2/models/${model}/infer`,
    `/v2/models/${model}/config`,
    `/v2/models/${model}/versions/1/stats`,
    `/v2/models/${model}/versions/1/infer`,
    `/api/v1/models/${model}`,
    `/api/v1/models/${model}/examples`,
    `/api/v1/models/${model}/predict`,
    `/api/v1/models/${model}/feedback`,
    `/predictions/${model}`,
    `/predictions/${model}/1`,
    `/seldon/space/${model}/api/v1.0/predictions`,
    `/v1/models/${model}`,
    `/v1/models/${model}/metadata`,
    `/v1/models/${model}:predict`,
    `/v1/models/${model}/versions/1:predict`,
    `/v1/models/${model}:classify`,
  ]),
]
const METHODS = ['GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']
const { body: binary, headers: binaryHeaders = {} } = binaryBody({})
const BODIES: readonly (readonly [Uint8Array | string, readonly string[]])[] = [
  [GOOD_BODY, ['Content-Type: application/json']],
  ['{"inputs":[[1,2,3,4]]}', ['Content-Type: application/json']],
  ['{"signature_name":"serving_default","instances":[[1,-2.5,NaN,1e3],[5,6,7,-Infinity]]}', ['Content-Type: application/json']],
  ['{"context":{"y":[1]},"examples":[{"x":[1,2,3,4]}]}', []],
  ['{"inputs":[{"name":"x","datatype":"BYTES","shape":[1,4],"data":["a","\\u00e9","",{"b64":"AAE="}]}]}', []],
  [
    '{"inputs":[{"name":"x","datatype":"INT64","shape":[1,4],"data":[1,-2,9007199254740993,0]}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}',
    [],
  ],
  [
    '{"parameters":{"timeout":5000000,"priority":1},"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}],"outputs":[{"name":"y","parameters":{"classification":2}}]}',
    [],
  ],
  ['{"data":{"names":["a","b","c","d"],"tensor":{"shape":[1,4],"values":[1,2,3,4]}},"meta":{"puid":"p"}}', []],
  ['{"data":{"ndarray":[[1,2,3,4]]}}', ['Content-Type: application/json']],
  ['{"strData":"text"}', []],
  ['{"input_data":{"columns":[0,1,2,3],"index":[0],"data":[[1,2,3,4]]}}', []],
  ['{"id":"a","input":{"x":[[1,2,3,4]]}}', []],
  ['--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n[1,2,3,4]\r\n--b--\r\n', ['Content-Type: multipart/form-data; boundary=b']],
  ['1,2,3,4\n5,6,7,8\n', ['Content-Type: text/csv']],
  ['[1,2,3,4]\n{"features":[5,6,7,8]}\n', ['Content-Type: application/jsonlines']],
  [encodeNpy(tensor('FP64', [1, 4], Float64Array.of(1, 2, 3, 4))), ['Content-Type: application/x-npy']],
  ['{"dataframe_split":{"columns":[0,1,2,3],"data":[[1,2,3,4]]}}', ['Content-Type: application/json']],
  ['{"dataframe_records":[{"a":1,"b":2,"c":3,"d":4}]}', ['Content-Type: application/json']],
  ['{"model_name":"echo","url":"/nowhere"}', ['Content-Type: application/json']],
  ['{"ready":true,"parameters":{"unload_dependents":false}}', []],
  [binary, Object.entries(binaryHeaders).map(([name, value]) => `${name}: ${value}`)],
  [Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), ['Content-Type: image/png']],
  ['', []],
]
const HEADERS = [
  'Content-Encoding: gzip',
  'Content-Encoding: br',
  'Content-Encoding: zstd',
  'Transfer-Encoding: chunked',
  'Expect: 100-continue',
  'Inference-Header-Content-Length: 0',
  'Inference-Header-Content-Length: -1',
  'X-Slipway-Deadline-Ms: 1',
  'X-Slipway-Version: 2',
  'X-Request-Id: \x80\xff',
  'Traceparent: 00-0-0-00',
  'Origin: null',
  'Connection: close',
  'Accept: text/html',
  'Content-Type: text/csv; charset=x',
  'Content-Type: multipart/form-data; boundary=--',
  'Content-Type: application/x-npy',
  'Accept: application/x-npy, text/csv;q=0.5',
  'X-Ms-Client-Request-Id: \x7f',
]
const JUNK = [
  '\0',
  '\xff\xfe',
  '[[[[',
  '}}',
  '"',
  '\\',
  '-',
  '1e999',
  'null',
  '__proto__',
  '9'.repeat(30),
  '%00',
  '../',
  '\r\n',
  ' ',
  '{"',
  ':',
]

/** Changes, removes, repeats or inserts something at up to three places. */
function mutate(octets: Buffer, random: Random): Buffer {
  let changed = octets
  for (let left = random(4); left > 0; left -= 1) {
    const at = random(changed.byteLength + 1)
    const to = Math.min(changed.byteLength, at + random(8))
    const middle = [
      Buffer.from(JUNK[random(JUNK.length)] as string, 'latin1'),
      Buffer.of(random(256)),
      Buffer.alloc(0),
      Buffer.concat([changed.subarray(at, to), changed.subarray(at, to)]),
    ][random(4)] as Buffer
    changed = Buffer.concat([changed.subarray(0, at), middle, changed.subarray(to)])
  }
  return changed
}

function requestOf(random: Random): Buffer {
  const [body, lines] = BODIES[random(BODIES.length)] as (typeof BODIES)[number]
  const octets = random(3) === 0 ? Buffer.from(body as string) : mutate(Buffer.from(body as string), random)
  const extra = Array.from({ length: random(3) }, () => HEADERS[random(HEADERS.length)] as string)
  const head = [
    `${METHODS[random(METHODS.length)]} ${PATHS[random(PATHS.length)]} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Content-Length: ${octets.byteLength}`,
    ...lines,
    ...extra,
  ].join('\r\n')
  const headOctets = Buffer.from(`${head}\r\n\r\n`, 'latin1')
  // Most heads stay sound, so that most bodies are read.
  return Buffer.concat([random(4) === 0 ? mutate(headOctets, random) : headOctets, octets])
}

test('mutated requests on every route find no fault', needs('linux'), async (context) => {
  const slipway = await startSlipway({
    paths: [...MODELS, FICKLE].map((model) => join(FIXTURES, `${model}.onnx`)),
    flags: ['--default-model', 'echo', '--sagemaker-multi-model'],
    env: { SLIPWAY_REPLICAS_COUNT: '1', SLIPWAY_STORE_URL: 'memory:' },
  })
  context.diagnostic(`FUZZ_SEED=${SEED}`)
  const seen = new Map<number, number>()
  const startedAt = performance.now()
  let sent = 0
  let settledBytes = 0
  const one = async (): Promise<void> => {
    const index = sent++
    const octets = requestOf(createRandom((SEED + Math.imul(index, 2654435761)) >>> 0))
    // What is cut short is waited for by the server: nobody is owed an answer, so this side ends it.
    const { answers } = await exchange(slipway.port, [octets], { limitMs: 100, head: octets.subarray(0, 5).toString() === 'HEAD ' })
    for (const { status, body, headers } of answers) {
      const replay = `FUZZ_SEED=${SEED}, request ${index}: ${JSON.stringify(octets.toString('latin1'))} got ${status} ${body}`
      assert.ok(status < 500 || FORESEEN.includes(status), replay)
      if (status >= 400 && body !== '' && headers.get('content-type')?.includes('json')) assert.doesNotThrow(() => refusalOf(body), replay)
      seen.set(status, (seen.get(status) ?? 0) + 1)
    }
  }
  const loop = async () => {
    while (performance.now() - startedAt < DURATION_MS) {
      await one()
      // The heap has found its size after a fifth of the time.
      if (settledBytes === 0 && performance.now() - startedAt > DURATION_MS / 5) settledBytes = residentBytes(slipway.pid)
    }
  }
  try {
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, loop))
    // A mutation may have asked for the model itself to be unloaded (DELETE /models/echo), and got what it asked for.
    const loaded = await fetch(`${slipway.url}/v2/repository/models/echo/load`, { method: 'POST' })
    assert.equal(loaded.status, 200, await loaded.text())
    await assertUnharmed(slipway)
    const grown = residentBytes(slipway.pid) - settledBytes
    context.diagnostic(`${sent} requests: ${JSON.stringify(Object.fromEntries(seen))}; ${Math.round(grown / 2 ** 20)} MiB grown`)
    assert.ok(grown < MOST_GROWTH_BYTES, `the server grew by ${grown} octets`)
    assert.ok((seen.get(200) ?? 0) > 0 && (seen.get(400) ?? 0) > 0, 'some requests were sound, and some were not')
  } finally {
    assert.equal(await slipway.stop(), 0)
  }
})
