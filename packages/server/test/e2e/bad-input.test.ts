/** Bad input through the real server: a sentence and a 4xx for each, nothing lost, the server live and right afterwards. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { needs } from '../../../../scripts/requirement.ts'
import { BAD_BINARY, BAD_BODIES, type BadBody, binaryBody, GOOD_BODY } from '../support/e2e/bad-bodies.ts'
import { exchange, rawRequest } from '../support/e2e/raw-http.ts'
import { assertRefused, assertUnharmed, refusalOf } from '../support/e2e/refusal.ts'
import { FIXTURES, residentBytes, type SlipwayProcess, startSlipway } from '../support/e2e/slipway-process.ts'

const MODELS = ['echo', 'identity-int64', 'identity-uint64', 'odd-names']
const LIMIT_BYTES = 2 ** 20
let slipway: SlipwayProcess

before(async () => {
  slipway = await startSlipway({
    paths: MODELS.map((model) => join(FIXTURES, `${model}.onnx`)),
    env: { SLIPWAY_LIMITS_BODYBYTES: String(LIMIT_BYTES), SLIPWAY_REPLICAS_COUNT: '1' },
  })
})
after(async () => assert.equal(await slipway?.stop(), 0))

type Sent = Pick<BadBody, 'body' | 'headers' | 'model'>
async function infer({ body, headers = {}, model = 'echo' }: Sent): Promise<{ status: number; body: string }> {
  const answer = await fetch(`${slipway.url}/v2/models/${model}/infer`, { method: 'POST', body: Buffer.from(body as Uint8Array), headers })
  return { status: answer.status, body: await answer.text() }
}

describe('a request with', () => {
  for (const bad of [...BAD_BODIES, ...BAD_BINARY])
    test(bad.what, async () => {
      assertRefused(await infer(bad), bad.status ?? 400, bad.says)
      await assertUnharmed(slipway)
    })
})

test('JSON cut off at any octet is refused with the place', async () => {
  assert.equal((await infer({ body: GOOD_BODY })).status, 200)
  for (let length = 0; length < GOOD_BODY.length; length += 1)
    assertRefused(await infer({ body: GOOD_BODY.slice(0, length) }), 400, /not valid JSON at byte \d+/)
  await assertUnharmed(slipway)
})

test('a binary request cut off at any octet is refused', async () => {
  const { body, headers = {} } = binaryBody({})
  assert.equal((await infer({ body, headers })).status, 200)
  for (let length = 0; length < body.length; length += 1) {
    const answer = await infer({ body: (body as Uint8Array).subarray(0, length), headers })
    assert.equal(answer.status, 400, `cut at ${length}: ${answer.body}`)
    refusalOf(answer.body)
  }
  await assertUnharmed(slipway)
})

test('100 levels of nesting are read, 101 are refused', async () => {
  // The body's own object is the first level.
  const nested = (levels: number) => GOOD_BODY.replace('{', `{"ignored":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},`)
  assert.equal((await infer({ body: nested(100) })).status, 200)
  assertRefused(await infer({ body: nested(101) }), 400, /nested more than 100 deep/)
  await assertUnharmed(slipway)
})

test('names of the language are names like any other', async () => {
  const names = ['__proto__', 'two words', 'constructor']
  const inputs = names.map((name) => `{"name":"${name}","datatype":"FP32","shape":[1],"data":[1]}`)
  const body = `{"inputs":[${inputs}],"parameters":{"__proto__":"a","constructor":1,"toString":true}}`
  const answer = await infer({ body, model: 'odd-names' })
  assert.equal(answer.status, 200, answer.body)
  for (const model of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
    assertRefused(await infer({ body: GOOD_BODY, model }), 404, /there is no model ".*"; loaded are: .*echo/)
  for (const version of ['__proto__', 'constructor', '9', '01', '-1', 'x'.repeat(400)]) {
    const refused = await infer({ body: GOOD_BODY, model: `echo/versions/${version}` })
    assertRefused(refused, 404, /has no loaded version ".*; loaded are: 1/)
    assertRefused(await infer({ body: GOOD_BODY, headers: { 'x-slipway-version': version } }), 404, /has no loaded version/)
  }
})

test('whole numbers of 64 bits come back to the last digit', async () => {
  const kept: readonly (readonly [string, string, string])[] = [
    ['identity-int64', 'INT64', '-9223372036854775808,9223372036854775807,9007199254740993,-9007199254740993'],
    ['identity-uint64', 'UINT64', '0,18446744073709551615,9007199254740993,9223372036854775809'],
  ]
  for (const [model, datatype, data] of kept) {
    const answer = await infer({ model, body: `{"inputs":[{"name":"x","datatype":"${datatype}","shape":[1,4],"data":[${data}]}]}` })
    assert.equal(answer.status, 200, answer.body)
    assert.match(answer.body, new RegExp(`"data":\\[${data}\\]`))
  }
})

const pack = {
  gzip: promisify(zlib.gzip),
  deflate: promisify(zlib.deflate),
  br: promisify(zlib.brotliCompress),
  zstd: promisify(zlib.zstdCompress),
} as const
const encodings = Object.keys(pack) as readonly (keyof typeof pack)[]
const packed = async (encoding: keyof typeof pack, body: string | Uint8Array): Promise<Sent> => ({
  body: await pack[encoding](body as Uint8Array),
  headers: { 'content-encoding': encoding },
})

for (const encoding of encodings)
  test(`${encoding}: a body is bounded by what it unpacks to, and must be whole`, async () => {
    const fill = (bytes: number) => GOOD_BODY + ' '.repeat(bytes - GOOD_BODY.length)
    assert.equal((await infer(await packed(encoding, fill(LIMIT_BYTES)))).status, 200)
    assertRefused(
      await infer(await packed(encoding, fill(LIMIT_BYTES + 1))),
      413,
      /larger than 1048576 octets, the limit after decompression/,
    )
    const good = await packed(encoding, GOOD_BODY)
    assertRefused(await infer({ ...good, body: good.body.slice(0, -3) }), 400, new RegExp(`no valid ${encoding} data`))
    assertRefused(await infer({ ...good, body: GOOD_BODY }), 400, new RegExp(`no valid ${encoding} data`))
    assertRefused(
      await infer({ ...good, headers: { 'content-encoding': `${encoding}, ${encoding}` } }),
      415,
      /content-encoding .* is not known; send one of/,
    )
    await assertUnharmed(slipway)
  })

test('unpacking stops at the limit, so that a bomb costs no memory', needs('linux'), async (context) => {
  const zeros = new Uint8Array(128 * 2 ** 20)
  const bombs = await Promise.all(encodings.map((encoding) => packed(encoding, zeros)))
  const explode = async () => {
    for (const bomb of bombs) {
      assert.ok((bomb.body as Uint8Array).byteLength < LIMIT_BYTES, 'what is sent is within the limit')
      assertRefused(await infer(bomb), 413, /larger than/)
    }
  }
  await explode()
  const before = residentBytes(slipway.pid)
  for (let round = 0; round < 10; round += 1) await explode()
  const grown = residentBytes(slipway.pid) - before
  context.diagnostic(`${bombs.length * 10} bombs of 128 MiB, ${Math.round(grown / 2 ** 20)} MiB grown`)
  assert.ok(grown < 64 * 2 ** 20, `the server grew by ${grown} octets`)
  await assertUnharmed(slipway)
})

test('65,536 chunks are a body, 65,537 are refused', async () => {
  const head = rawRequest({ method: 'POST', target: '/v2/models/echo/infer', lines: ['Transfer-Encoding: chunked'] })
  const chunked = (chunks: number) => {
    const body = GOOD_BODY + ' '.repeat(chunks - GOOD_BODY.length)
    return exchange(slipway.port, [
      head,
      ...([...body]
        .map((octet) => `1\r\n${octet}\r\n`)
        .join('')
        .match(/.{1,60000}/gs) ?? []),
      '0\r\n\r\n',
    ])
  }
  const [taken] = (await chunked(65_536)).answers
  assert.equal(taken?.status, 200, taken?.body)
  const [refused] = (await chunked(65_537)).answers
  assert.ok(refused !== undefined, 'an answer')
  assertRefused(refused, 400, /more than 65536 chunks/)
  await assertUnharmed(slipway)
})

test('what is not there is named, with what is', async () => {
  const ask = async (method: string, path: string) => {
    const answer = await fetch(slipway.url + path, { method })
    return { status: answer.status, body: await answer.text(), allow: answer.headers.get('allow') }
  }
  assertRefused(await ask('GET', '/v2/models/nobody'), 404, /no model "nobody"; loaded are: echo/)
  assertRefused(await ask('GET', `/v2/models/${'x'.repeat(500)}`), 404, /no model "xx/)
  assertRefused(await ask('GET', '/v2/models/echo/versions/2'), 404, /no loaded version "2"; loaded are: 1/)
  assertRefused(await ask('GET', '/v3/models/echo'), 404, /there is no "\/v3\/models\/echo" here/)
  assertRefused(await ask('GET', `/${'x'.repeat(9000)}`), 404, /there is no/)
  assertRefused(await ask('GET', '/v2/models/%ff/ready'), 404, /there is no "\/v2\/models\/%ff\/ready"/)
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const answer = await ask(method, '/v2/models/echo/infer')
    assertRefused(answer, 405, new RegExp(`"${method}" is not possible here; this path takes POST`))
    assert.equal(answer.allow, 'POST')
  }
  await assertUnharmed(slipway)
})
