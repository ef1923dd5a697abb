/** Answers marked in a real browser, kept by the real server, taken out by the real command. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { needs } from '../../../../scripts/requirement.ts'
import { buildUi } from '../../../../scripts/ui-build.ts'
import { type SlipwayProcess, startSlipway } from '../../../server/test/support/e2e/slipway-process.ts'
import { temporaryFolder } from '../../../server/test/support/temporary-folder.ts'
import { openBrowser, openPage, screenshot } from '../support/browser.ts'
import { drawings, EXAMPLES } from '../support/drawings.ts'
import { answered, draw, headline, predict, tabTo } from '../support/playground.ts'

const run = promisify(execFile)
const COMMAND = join(import.meta.dirname, '..', '..', '..', 'server', 'bin', 'slipway.mjs')

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const isSaid = (page: Page, text: string) => page.getByRole('status').filter({ hasText: text }).waitFor()
const counts = (page: Page) => page.locator('.marked-counts').innerText()

describe('marking answers', needs('chromium'), () => {
  let slipway: SlipwayProcess
  let browser: Browser
  let folder: string
  before(async () => {
    await buildUi()
    folder = await temporaryFolder()
    slipway = await startSlipway({ paths: [EXAMPLES], env: { SLIPWAY_STORE_URL: join(folder, 'slipway.db') } })
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await slipway?.stop()
  })

  test('one right and one relabelled are listed, also after a reload, and exported', async () => {
    await using opened = await openPage(browser, `${slipway.url}/#/models/digits`)
    const { page, complaints } = opened
    await page.locator('.pad-canvas').waitFor()
    await draw(page, drawings[3]?.strokes ?? [])
    await predict(page)
    const said = await headline(page)
    await press(page, 'Right')
    await isSaid(page, 'Marked right')
    await page.locator('.marked-entry').first().waitFor()

    await press(page, 'Clear')
    await draw(page, drawings[8]?.strokes ?? [])
    await predict(page)
    await press(page, 'Wrong')
    await press(page, 'Note')
    await page.getByLabel('Note').fill('drawn in haste')
    const other = (await headline(page)) === '1' ? '2' : '1'
    await page.getByLabel('It is').selectOption(other)
    await screenshot(page, 'relabel')
    await press(page, 'Relabel')
    await isSaid(page, `Relabelled as “${other}”`)
    await page.locator('.marked-entry').nth(1).waitFor()

    await page.reload()
    await page.locator('.marked-entry').nth(1).waitFor()
    assert.match(await counts(page), /1\s*right\s*0\s*wrong\s*1\s*relabelled/)
    assert.match(await page.locator('.marked-entry').first().innerText(), new RegExp(`${other}[\\s\\S]*drawn in haste`))
    assert.ok(
      await page.locator('.marked-entry img').evaluateAll((all) => all.every((each) => (each as HTMLImageElement).naturalWidth > 0)),
    )
    await page.locator('.marked').scrollIntoViewIfNeeded()
    await screenshot(page, 'marked')

    const command = await page.locator('.marked-export code').innerText()
    assert.match(command, /^slipway feedback export --model digits --out \S+ --url http/)
    await run(process.execPath, [COMMAND, ...command.split(' ').slice(1)], { cwd: folder })
    const lines = (await readFile(join(folder, 'digits-marked', 'feedback.jsonl'), 'utf8')).trim().split('\n')
    const rows = lines.map((line) => JSON.parse(line))
    assert.deepEqual(
      rows.map(({ verdict, label, version }) => [verdict, label, version]),
      [
        ['right', undefined, '1'],
        ['relabelled', other, '1'],
      ],
    )
    // The picture that was exported is read as the one that was drawn.
    const picture = await readFile(join(folder, 'digits-marked', rows[0].input.file))
    const headers = { 'content-type': 'image/png' }
    const again = await fetch(`${slipway.url}/api/v1/models/digits/predict`, { method: 'POST', headers, body: picture })
    const { labels } = (await again.json()) as { readonly labels: { readonly probabilities: readonly { readonly label: string }[][] } }
    assert.equal(labels.probabilities[0]?.[0]?.label, said)
    assert.deepEqual(complaints, [])
  })

  test('a mark can be made and taken back with the keyboard alone', async () => {
    await using opened = await openPage(browser, `${slipway.url}/#/models/tickets`)
    const { page, complaints } = opened
    await answered(page, () => page.locator('.text-input textarea').fill('I was charged twice for one order'))
    await tabTo(page, 'Right')
    await page.keyboard.press('Enter')
    await isSaid(page, 'Marked right')
    await page.locator('.marked-entry', { hasText: 'charged twice' }).waitFor()
    // Undo has the focus, and after it the question has it again.
    await page.keyboard.press('Enter')
    await page.locator('.mark-question').waitFor()
    await page.locator('.marked-entry').waitFor({ state: 'detached' })
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Right')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await tabTo(page, 'It is')
    await tabTo(page, 'Mark wrong')
    await page.keyboard.press('Enter')
    await isSaid(page, 'Marked wrong')
    assert.deepEqual(complaints, [])
  })

  test('rows of a table are marked together', async () => {
    await using opened = await openPage(browser, `${slipway.url}/#/models/iris`)
    const { page } = opened
    await press(page, 'Paste a table')
    await page.locator('.table-paste textarea').fill('5.1\t3.5\t1.4\t0.2\n6.3\t3.3\t6.0\t2.5')
    await answered(page, () => press(page, 'Use these rows'))
    await page.getByRole('group', { name: 'Are these right?' }).getByRole('button', { name: 'Wrong' }).click()
    await isSaid(page, 'Marked wrong')
    await page.locator('.marked-entry', { hasText: 'setosa and 1 more' }).waitFor()
  })

  test('what the server refuses is said in words, and can be tried again', async () => {
    await using opened = await openPage(browser, `${slipway.url}/#/models/iris`)
    const { page } = opened
    await answered(page, () => page.locator('.example').first().click())
    const path = '**/api/v1/models/iris/feedback'
    await page.route(path, (route) => route.abort())
    await press(page, 'Right')
    await page.getByRole('alert').filter({ hasText: 'Not stored: No connection could be made.' }).waitFor()
    await page.unroute(path)
    await press(page, 'Right')
    await isSaid(page, 'Marked right')
  })

  test('is not offered by a server that keeps no marks', async () => {
    const env = { SLIPWAY_FEEDBACK_MAXENTRIES: '0', SLIPWAY_STORE_URL: 'memory:' }
    const keepsNone = await startSlipway({ paths: [join(EXAMPLES, 'models', 'iris')], env })
    try {
      await using opened = await openPage(browser, `${keepsNone.url}/#/models/iris`)
      const { page } = opened
      await answered(page, () => page.locator('.example').first().click())
      assert.equal(await page.locator('.marking, .marked').count(), 0)
    } finally {
      await keepsNone.stop()
    }
  })
})
