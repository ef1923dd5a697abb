/** The same server under Bun. Run by Node, this file starts Bun; run by Bun (`bun test`), it is the suite of what only Bun loads. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { needs } from '../../../../scripts/requirement.ts'
import { findBun } from '../../../../scripts/runtimes.ts'
import { inRoot } from '../../../../scripts/workspace.ts'
import { listenBun } from '../../src/http/server-bun.ts'
import { createProcessCarrier, workerCommand } from '../../src/replicas/process.ts'
import { connectBun } from '../../src/replicas/process-bun.ts'
import { testCarrier } from '../contract/carrier.ts'
import { testHttpServer } from '../contract/http-server.ts'
import { testWire } from '../contract/wire.ts'
import { BAD_BINARY, BAD_BODIES, type BadBody, binaryBody, GOOD_BODY } from '../support/e2e/bad-bodies.ts'
import { exchange, rawRequest } from '../support/e2e/raw-http.ts'
import { assertRefused, assertUnharmed, refusalOf } from '../support/e2e/refusal.ts'
import { FIXTURES, replicaPids, residentBytes, type SlipwayProcess, startSlipway } from '../support/e2e/slipway-process.ts'

const LIMIT_BYTES = 2 ** 20
const INFER = '/v2/models/echo/infer'
const DIGITS = inRoot('examples', 'models', 'digits')

function underBun(): void {
  const bun = findBun() as string
  let slipway: SlipwayProcess
  before(async () => {
    slipway = await startSlipway({
      engine: bun,
      paths: [...['echo', 'identity-int64'].map((model) => join(FIXTURES, `${model}.onnx`)), DIGITS],
      env: { SLIPWAY_REPLICAS_COUNT: '1', SLIPWAY_LIMITS_BODYBYTES: String(LIMIT_BYTES), SLIPWAY_STORE_URL: 'memory:' },
    })
  })
  after(async () => {
    const replicas = replicaPids(slipway.pid)
    assert.equal(await slipway.stop(), 0, slipway.printed())
    assert.equal(replicas.length, 3)
  })

  const infer = async ({ body, headers = {}, model = 'echo' }: Pick<BadBody, 'body' | 'headers' | 'model'>) => {
    const answer = await fetch(`${slipway.url}/v2/models/${model}/infer`, {
      method: 'POST',
      body: Buffer.from(body as Uint8Array),
      headers,
    })
    return { status: answer.status, body: await answer.text(), headerLength: answer.headers.get('inference-header-content-length') }
  }

  test('it is Bun that serves, JSON and binary', async () => {
    const server = (await (await fetch(`${slipway.url}/api/v1/server`)).json()) as { runtime: string }
    assert.match(server.runtime, /^Bun /)
    assert.match((await infer({ body: GOOD_BODY })).body, /"data":\[1,2,3,4\]/)
    const binary = await infer(binaryBody({ extra: '}],"parameters":{"binary_data_output":true},"ignored":[{"a":1' }))
    assert.equal(binary.status, 200, binary.body)
    assert.notEqual(binary.headerLength, null)
    await assertUnharmed(slipway)
  })

  test('a picture is read and named', async () => {
    const answer = await fetch(`${slipway.url}/api/v1/models/digits/predict`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: readFileSync(join(DIGITS, 'examples', '7.png')),
    })
    assert.equal(answer.status, 200, await answer.clone().text())
    const { labels } = (await answer.json()) as { labels: Record<string, readonly (readonly { label: string; score: number }[])[]> }
    const [best] = Object.values(labels)[0]?.[0] ?? []
    assert.equal(best?.label, '7')
  })

  test('bad input gets the same refusals', async () => {
    for (const bad of [...BAD_BODIES, ...BAD_BINARY].filter(({ model = 'echo' }) => model !== 'odd-names')) {
      const answer = await infer(bad)
      assert.equal(answer.status, bad.status ?? 400, `${bad.what}: ${answer.body}`)
      assert.match(refusalOf(answer.body), bad.says, bad.what)
    }
    await assertUnharmed(slipway)
  })

  test('a body past the limit is refused before it is held, however it comes', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const chunked = rawRequest({ method: 'POST', target: INFER, lines: ['Transfer-Encoding: chunked'] })
    const before = residentBytes(slipway.pid)
    for (let round = 0; round < 5; round += 1) {
      const { answers } = await exchange(slipway.port, [chunked, ...Array.from({ length: 512 }, () => chunk), '0\r\n\r\n'])
      assertRefused(answers[0] ?? assert.fail('no answer'), 413, /larger than 1048576 octets/)
      assertRefused(
        await infer({ body: zlib.gzipSync(new Uint8Array(64 * LIMIT_BYTES)), headers: { 'content-encoding': 'gzip' } }),
        413,
        /larger than/,
      )
      const declared = await exchange(slipway.port, rawRequest({ method: 'POST', target: INFER, lines: ['Content-Length: 99999999999'] }))
      assertRefused(declared.answers[0] ?? assert.fail('no answer'), 413, /larger than/)
    }
    const grown = residentBytes(slipway.pid) - before
    assert.ok(grown < 100 * 2 ** 20, `the server grew by ${grown} octets`)
    await assertUnharmed(slipway)
  })

  test('packed bodies are unpacked', async () => {
    for (const [encoding, pack] of Object.entries({
      gzip: zlib.gzipSync,
      deflate: zlib.deflateSync,
      br: zlib.brotliCompressSync,
      zstd: zlib.zstdCompressSync,
    }))
      assert.equal((await infer({ body: pack(GOOD_BODY), headers: { 'content-encoding': encoding } })).status, 200, encoding)
  })

  test('Host, Origin, methods and paths are looked at as under Node', async () => {
    const ask = async (request: Parameters<typeof rawRequest>[0]) => (await exchange(slipway.port, rawRequest(request))).answers[0]
    assert.equal((await ask({ host: 'evil.example' }))?.status, 403)
    assert.equal((await ask({ lines: ['Origin: http://evil.example'] }))?.status, 403)
    assert.equal((await ask({ lines: ['Host: evil.example'] }))?.status, 403)
    assert.equal((await ask({ method: 'PUT', target: INFER, body: '' }))?.headers.get('allow'), 'POST')
    for (const target of ['//v2', '/v2//health/live', '/v2;x']) assert.equal((await ask({ target }))?.status, 404, target)
    await assertUnharmed(slipway)
  })

  test('a flood of tiny chunks, broken requests and pipelined ones leave it unharmed', async () => {
    const chunked = rawRequest({ method: 'POST', target: INFER, lines: ['Transfer-Encoding: chunked'] })
    const tiny = GOOD_BODY + ' '.repeat(65_537 - GOOD_BODY.length)
    const flood = await exchange(slipway.port, [chunked, [...tiny].map((octet) => `1\r\n${octet}\r\n`).join(''), '0\r\n\r\n'])
    assert.ok([200, 400].includes(flood.answers[0]?.status ?? 0))
    for (const octets of [
      'nonsense\r\n\r\n',
      'GET /v2 HTTP/1.1\r\n\r\n',
      `POST ${INFER} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx`,
    ]) {
      const { answers } = await exchange(slipway.port, octets, { limitMs: 1000 })
      assert.ok(
        answers.every(({ status }) => status >= 400 && status < 500),
        octets,
      )
    }
    // Bun closes a connection that does not wait for its answers; nobody else may notice.
    const many = Array.from({ length: 50 }, () => rawRequest({ method: 'POST', target: INFER, body: GOOD_BODY }))
    await exchange(slipway.port, many.join(''), { wanted: 50, limitMs: 1000 })
    await assertUnharmed(slipway)
  })
}

if (process.versions.bun !== undefined) {
  testHttpServer('bun', listenBun)
  testWire('bun', connectBun)
  testCarrier('process under Bun', (folder) => createProcessCarrier({ folder, command: workerCommand(), env: {} }))
} else
  describe('under Bun', needs('bun', 'linux'), () => {
    test('its HTTP server, its wire and its workers keep every promise', async () => {
      const { stderr } = await promisify(execFile)(findBun() as string, ['test', import.meta.filename], { timeout: 60_000 })
      assert.match(stderr, /[1-9]\d* pass\n\s*0 fail/)
    })
    underBun()
  })
