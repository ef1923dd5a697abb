/** The playground in a real browser over the real server, as a person uses it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { needs } from '../../../../scripts/requirement.ts'
import { buildUi } from '../../../../scripts/ui-build.ts'
import { type SlipwayProcess, startSlipway } from '../../../server/test/support/e2e/slipway-process.ts'
import { openBrowser, openPage, PHONE, screenshot } from '../support/browser.ts'
import { drawings, EXAMPLES } from '../support/drawings.ts'
import { answered, draw, headline, predict, sameCall, tabTo } from '../support/playground.ts'

const run = promisify(execFile)

describe('the playground', needs('chromium'), () => {
  let slipway: SlipwayProcess
  let browser: Browser
  before(async () => {
    await buildUi()
    slipway = await startSlipway({ paths: [EXAMPLES] })
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await slipway?.stop()
  })
  const open = (path = '', options?: Parameters<typeof openPage>[2]) => openPage(browser, `${slipway.url}/${path}`, options)

  test('lists every model with its signature and live figures', async () => {
    await using opened = await open()
    const { page, complaints } = opened
    await page.locator('.card h2').first().waitFor()
    const names = await page.locator('.card h2').allInnerTexts()
    assert.deepEqual(names.toSorted(), ['digits', 'iris', 'tickets'])
    assert.match(await page.locator('.card', { hasText: 'digits' }).innerText(), /FP32 \[batch, 1, 8, 8\]/)
    await page.locator('.sparkline path[d^="M"]').first().waitFor({ state: 'attached' })
    await screenshot(page, 'models')
    assert.deepEqual(complaints, [])
  })

  test('reads at least eight of ten digits drawn with the mouse', async (context) => {
    await using opened = await open('#/models/digits')
    const { page, complaints } = opened
    await page.locator('.pad-canvas').waitFor()
    const read: string[] = []
    for (const { strokes } of drawings) {
      await draw(page, strokes)
      await predict(page)
      read.push(await headline(page))
      if (read.length === 4) await screenshot(page, 'digits')
      await page.getByRole('button', { name: 'Clear' }).click()
    }
    context.diagnostic(`read ${read.join(' ')}`)
    const right = drawings.filter(({ digit }, index) => Number(read[index]) === digit).length
    assert.ok(drawings.length === 10 && right >= 8, `read ${read.join(' ')} for ${drawings.map(({ digit }) => digit).join(' ')}`)
    assert.deepEqual(complaints, [])
  })

  test('answers while the line is still being drawn', async () => {
    await using opened = await open('#/models/digits')
    const { page } = opened
    await page.locator('.pad-canvas').waitFor()
    await answered(page, () =>
      draw(page, [
        [
          [140, 40],
          [140, 140],
          [140, 240],
        ],
      ]),
    )
    assert.match(await page.locator('.bars').innerText(), /%/)
    assert.match(await page.locator('.time-legend').innerText(), /Model [\d.]+ ms/)
  })

  test('fills the form from an example, and follows a changed number', async () => {
    await using opened = await open('#/models/iris')
    const { page, complaints } = opened
    await answered(page, () => page.locator('.example').first().click())
    assert.equal(await page.locator('.bars li').count(), 3)
    await page.locator('.features-tools .button').nth(1).click()
    const petalLength = page.locator('.number-field', { hasText: 'petal length' }).locator('.number')
    await answered(page, () => petalLength.fill('1.2'))
    const small = await headline(page)
    await answered(page, () => petalLength.fill('6.8'))
    assert.notEqual(await headline(page), small)
    await screenshot(page, 'iris')
    assert.deepEqual(complaints, [])
  })

  test('takes a pasted table and answers every row', async () => {
    await using opened = await open('#/models/iris')
    const { page } = opened
    await page.getByRole('button', { name: 'Paste a table' }).click()
    await page.locator('.table-paste textarea').fill('5.1\t3.5\t1.4\t0.2\n6.0\t2.9\t4.5\t1.5\n6.3\t3.3\t6.0\t2.5')
    await answered(page, () => page.getByRole('button', { name: 'Use these rows' }).click())
    const text = await page.locator('.answer-table .table').innerText()
    assert.match(text, /setosa[\s\S]*versicolor[\s\S]*virginica/)
    await screenshot(page, 'table')
  })

  test('routes a text', async () => {
    await using opened = await open('#/models/tickets')
    const { page, complaints } = opened
    await answered(page, () =>
      page.locator('.text-input textarea').fill('My parcel still has not arrived and the tracking page shows nothing'),
    )
    assert.equal(await headline(page), 'shipping')
    await screenshot(page, 'tickets')
    assert.deepEqual(complaints, [])
  })

  test('takes the whole request as raw JSON, and shows the answer as it came', async () => {
    await using opened = await open('#/models/iris')
    const { page } = opened
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    const editor = page.locator('.json-editor textarea')
    const [, input] = (await editor.inputValue()).match(/"inputs": \{ ?\s*"([^"]+)"/) ?? []
    await answered(page, () => editor.fill(`{"inputs": {"${input}": [[6.3, 3.3, 6.0, 2.5]]}}`))
    await page.getByRole('button', { name: 'Raw JSON' }).click()
    assert.match(await page.locator('.raw').innerText(), /"batchRows": 1/)
  })

  test('says what is wrong in words', async () => {
    await using opened = await open('#/models/iris')
    const { page } = opened
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    await answered(page, () => page.locator('.json-editor textarea').fill('{"inputs": {"wrong": [[1]]}}'))
    assert.match(await page.locator('.failure').innerText(), /cannot take this input[\s\S]*wrong[\s\S]*Request id/)
    await screenshot(page, 'refused')
  })

  test('the copied curl line and Python program give the answer that is shown', async () => {
    await using opened = await open('#/models/digits')
    const { page } = opened
    await page.locator('.pad-canvas').waitFor()
    await draw(page, drawings[7]?.strokes ?? [])
    await predict(page)
    const shown = await page.locator('.bar.is-best .bar-label').innerText()
    const { stdout } = await run('bash', ['-c', await sameCall(page, 'curl')])
    const answer = JSON.parse(stdout) as { readonly labels: { readonly probabilities: readonly (readonly { readonly label: string }[])[] } }
    assert.equal(answer.labels.probabilities[0]?.[0]?.label, shown)
    const { stdout: printed } = await run('python3', ['-c', await sameCall(page, 'Python')])
    assert.match(printed, /probabilities/)
  })

  test('can be used with the keyboard alone', async () => {
    await using opened = await open()
    const { page } = opened
    await page.locator('.card h2').first().waitFor()
    await tabTo(page, 'iris')
    await page.keyboard.press('Enter')
    await page.locator('.number-field .number').first().waitFor()
    await tabTo(page, 'sepal')
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type('6.1')
    await answered(page, () => page.keyboard.press('Control+Enter'))
    await tabTo(page, 'Predict')
    await answered(page, () => page.keyboard.press('Enter'))
    await tabTo(page, 'curl')
    await page.keyboard.press('ArrowRight')
    assert.match(await page.locator('.code-box pre').first().innerText(), /@slipway\/client/)
  })

  test('fits a phone without sideways scrolling, down to 360 pixels', async () => {
    for (const width of [390, 360]) {
      await using opened = await open('', { ...PHONE, viewport: { width, height: 844 } })
      const { page, complaints } = opened
      for (const place of ['#/models', '#/models/iris', '#/models/tickets', '#/models/digits']) {
        await page.goto(`${slipway.url}/${place}`)
        await page.locator('.card h2, .model-title').first().waitFor()
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.equal(over, 0, `${place} at ${width}`)
      }
      await page.locator('.pad-canvas').waitFor()
      await answered(page, () => draw(page, drawings[3]?.strokes ?? []))
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.equal(over, 0, `the answer at ${width}`)
      if (width === 390) await screenshot(page, 'phone')
      assert.deepEqual(complaints, [])
    }
  })

  test('is dark where the system is, and light when a person says so, also after a reload', async () => {
    await using opened = await open('#/models/digits', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' })
    const { page } = opened
    const brightness = () => page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)?.[0]))
    await page.locator('.pad-canvas').waitFor()
    assert.ok((await brightness()) < 60)
    await screenshot(page, 'dark')
    await page.getByRole('button', { name: 'Use the light theme' }).click()
    assert.ok((await brightness()) > 200)
    await page.reload()
    await page.locator('.pad-canvas').waitFor()
    assert.ok((await brightness()) > 200)
  })

  test('an address typed as a path leads to the model', async () => {
    await using opened = await open('models/iris')
    await opened.page.getByRole('heading', { name: 'iris', exact: true }).waitFor()
  })

  test('an unknown model is named, and the way back shown', async () => {
    await using opened = await open('#/models/nothing')
    const { page } = opened
    await page.getByRole('heading', { name: 'No model “nothing”' }).waitFor()
    await page.getByRole('link', { name: 'See all models' }).click()
    await page.locator('.card h2').first().waitFor()
  })
})
