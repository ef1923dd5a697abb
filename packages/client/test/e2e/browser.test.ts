import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium } from '../../../../scripts/chromium.ts'
import { needs } from '../../../../scripts/requirement.ts'
import { bundleForBrowser } from '../support/bundle.ts'
import { answer, type Behaviour, startTestServer } from '../support/test-server.ts'
import { ECHO, v2 } from '../support/v2-behaviour.ts'

const PAGE = '<!doctype html><title>client</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>'

/** Runs in the page; what it finds becomes the page's title. */
const PROGRAM = `
import { Slipway } from './client.js'
const slipway = new Slipway('/', { retry: { firstDelayMs: 1 } })
const model = slipway.model('echo')
const { rows, text, ids } = await model.predict({ rows: [[1, 2.5, -0, NaN]], text: 'h\\u00e9', ids: [2n ** 62n] })
const { image } = await model.predict({ image: new Blob([new Uint8Array([255, 1])], { type: 'image/png' }) })
const aborted = await model.predict({ ids: [1] }, { signal: AbortSignal.abort() }).catch((error) => error)
document.title = JSON.stringify({
  rows: Array.from(rows.data, String), text: text.data, ids: String(ids.data[0]), image: [...image.bytes[0]],
  aborted: aborted.code, retries: slipway.stats.retries, ready: await slipway.ready(),
})
`

/** The page, its script and the model behind one address, as the playground has them; the first prediction is answered 503. */
function site(client: string): Behaviour {
  const files: Record<string, readonly [type: string, body: string]> = {
    '/': ['text/html', PAGE],
    '/page.js': ['text/javascript', PROGRAM],
    '/client.js': ['text/javascript', client],
  }
  let refused = false
  return (received, response) => {
    const file = files[received.path]
    if (file !== undefined) return void response.writeHead(200, { 'content-type': file[0] }).end(file[1])
    if (received.method === 'POST' && !refused) {
      refused = true
      return answer(503, { error: 'busy' })(received, response)
    }
    return v2(ECHO)(received, response)
  }
}

test('the client runs in a browser', needs('chromium'), async () => {
  const { code } = await bundleForBrowser(fileURLToPath(new URL('../../src/main.ts', import.meta.url)), 'minified')
  await using server = await startTestServer(site(code))
  const executablePath = findChromium()
  assert.ok(executablePath)
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...quiet] })
  try {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(server.url)
    await page
      .waitForFunction(() => document.title.startsWith('{'), undefined, { timeout: 20_000 })
      .catch((error: Error) => errors.push(error.message))
    assert.deepEqual(errors, [])
    assert.deepEqual(JSON.parse(await page.title()), {
      rows: ['1', '2.5', '0', 'NaN'],
      text: ['hé'],
      ids: String(2n ** 62n),
      image: [255, 1],
      aborted: 'ABORTED',
      retries: 1,
      ready: true,
    })
  } finally {
    await browser.close()
  }
})
