import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Call } from '../../src/call/compose.ts'
import { sample } from '../../src/call/samples.ts'

interface Got {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

let got: Got | undefined
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    got = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }
    response.end('{"outputs":{}}')
  })
})
let origin = ''
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => server.close())

const json = (body: string, inputs: Call['inputs'] = new Map()): Call => ({ model: 'm', contentType: 'application/json', body, inputs })
const awkward = `{"inputs":{"it's":["a 'quote' and \\"two\\" \\\\ é 🚢"],"flag":[true]}}`

/** Runs the code as a person would after pasting it; asynchronous, because the server answers in this very process. */
async function run(command: string, args: readonly string[], cwd?: string): Promise<Got> {
  got = undefined
  const { execFile } = await import('node:child_process')
  await new Promise<void>((resolve, reject) =>
    execFile(command, args, { cwd, env: { ...process.env, no_proxy: '*' } }, (error, _, stderr) =>
      error === null ? resolve() : reject(new Error(stderr, { cause: error })),
    ),
  )
  assert.ok(got !== undefined, 'nothing was sent')
  return got
}

function has(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const withCurl = { skip: has('curl') ? false : 'no curl here' }
const withPython = { skip: has('python3') ? false : 'no python3 here' }

test('the curl line sends exactly what the page sends, whatever quotes are in it', withCurl, async () => {
  const { code } = await sample('curl', json(awkward), { origin, version: '2' })
  const { url, headers, body } = await run('bash', ['-c', code])
  assert.equal(url, '/api/v1/models/m/predict')
  assert.equal(body.toString(), awkward)
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['x-slipway-version'], '2')
})

test('the curl line of a small picture carries the picture', withCurl, async () => {
  const bytes = Uint8Array.from({ length: 500 }, (_, index) => index)
  const call: Call = { model: 'm', contentType: 'image/png', body: new Blob([bytes]), inputs: new Map() }
  const { body, headers } = await run('bash', ['-c', (await sample('curl', call, { origin })).code])
  assert.deepEqual(new Uint8Array(body), bytes)
  assert.equal(headers['content-type'], 'image/png')
})

test('the Python program sends exactly what the page sends', withPython, async () => {
  const { code } = await sample('python', json(awkward), { origin, version: '2' })
  const { body, headers } = await run('python3', ['-c', code])
  assert.equal(body.toString(), awkward)
  assert.equal(headers['x-slipway-version'], '2')
})

test('a large body becomes a file beside the code', async () => {
  const body = `{"inputs":{"x":[${'0,'.repeat(5000)}0]}}`
  const { code, file } = await sample('curl', json(body), { origin })
  assert.match(code, /--data-binary @m\.json/)
  assert.equal(await file?.body.text(), body)
})

test('TypeScript names the inputs and pins the version', async () => {
  const inputs = new Map<string, unknown>([
    ['X', [[5.1, 3.5]]],
    ['big id', [9007199254740993n]],
  ])
  const { code } = await sample('typescript', json('', inputs), { origin: 'http://h', version: '2' })
  assert.match(code, /new Slipway\("http:\/\/h"\)/)
  assert.match(code, /slipway\.model\("m", \{ version: "2" \}\)/)
  assert.match(code, /predict\(\{ X: \[\[5\.1, 3\.5\]\], "big id": \[9007199254740993n\] \}\)/)
})
