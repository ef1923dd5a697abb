import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { declaredLength, readBody } from '../../src/http/body.ts'
import { fakeRequest } from '../support/http.ts'

const LIMIT = 1 << 20
const packed: Readonly<Record<string, (bytes: Uint8Array) => Buffer>> = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: zlib.zstdCompressSync,
}
const request = (encoding: string, body: Uint8Array) => fakeRequest({ method: 'POST', headers: { 'content-encoding': encoding }, body })

for (const [encoding, pack] of Object.entries(packed)) {
  test(`${encoding}: a body at the limit is unpacked, one octet more is refused`, async () => {
    assert.equal((await readBody(request(encoding, pack(Buffer.alloc(LIMIT))), LIMIT)).byteLength, LIMIT)
    await assert.rejects(readBody(request(encoding, pack(Buffer.alloc(LIMIT + 1))), LIMIT), {
      code: 'PAYLOAD_TOO_LARGE',
      message: /after decompression/,
    })
  })

  test(`${encoding}: a bomb stops at the limit`, async () => {
    const bomb = pack(Buffer.alloc(200 << 20))
    const before = process.memoryUsage().arrayBuffers
    await assert.rejects(readBody(request(encoding, bomb), LIMIT), { code: 'PAYLOAD_TOO_LARGE' })
    assert.ok(process.memoryUsage().arrayBuffers - before < 32 << 20)
  })

  test(`${encoding}: a body that is cut or is something else is refused`, async () => {
    const whole = pack(Buffer.from('a body that is long enough to be cut somewhere in its middle'))
    for (const bytes of [whole.subarray(0, whole.byteLength >> 1), Buffer.from('{"inputs":[]}')]) {
      await assert.rejects(readBody(request(encoding, bytes), LIMIT), {
        code: 'INVALID_ARGUMENT',
        message: new RegExp(`no valid ${encoding} data`),
      })
    }
  })
}

test('a plain body, and the identity encoding, pass as they are', async () => {
  assert.equal(String(await readBody(fakeRequest({ body: 'abc' }), LIMIT)), 'abc')
  assert.equal(String(await readBody(request('identity', Buffer.from('abc')), LIMIT)), 'abc')
})

test('an unknown encoding is 415 with the list of those known', async () => {
  for (const encoding of ['compress', '__proto__', 'gzip, gzip']) {
    await assert.rejects(readBody(request(encoding, Buffer.from('x')), LIMIT), {
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: /gzip, x-gzip, deflate, br/,
    })
  }
})

test('a declared length past the limit is refused before anything is read', () => {
  assert.throws(() => declaredLength(fakeRequest({ headers: { 'content-length': '2000' } }), 1000), { code: 'PAYLOAD_TOO_LARGE' })
  assert.equal(declaredLength(fakeRequest({ headers: { 'content-length': '1000' } }), 1000), 1000)
})
