/** One model in two versions: compared in a real browser over the real server. */
import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { needs } from '../../../../scripts/requirement.ts'
import { buildUi } from '../../../../scripts/ui-build.ts'
import { type SlipwayProcess, startSlipway } from '../../../server/test/support/e2e/slipway-process.ts'
import { temporaryFolder } from '../../../server/test/support/temporary-folder.ts'
import { openBrowser, openPage, screenshot } from '../support/browser.ts'
import { drawings, EXAMPLES } from '../support/drawings.ts'
import { answered, draw } from '../support/playground.ts'

describe('the playground of one model in two versions', needs('chromium'), () => {
  let slipway: SlipwayProcess
  let browser: Browser
  before(async () => {
    await buildUi()
    const folder = await temporaryFolder()
    const source = join(EXAMPLES, 'models', 'digits')
    for (const version of ['1', '2']) await cp(join(source, '1'), join(folder, 'digits', version), { recursive: true })
    await writeFile(join(folder, 'digits', 'model.yaml'), `${await readFile(join(source, 'model.yaml'), 'utf8')}\nversions: all\n`)
    slipway = await startSlipway({ paths: [folder] })
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await slipway?.stop()
  })

  test('opens at once, and asks both versions side by side', async () => {
    await using opened = await openPage(browser, slipway.url)
    const { page, complaints } = opened
    await page.locator('.pad-canvas').waitFor()
    await draw(page, drawings[2]?.strokes ?? [])
    await answered(page, () => page.getByRole('button', { name: 'Compare' }).click())
    await page.locator('.outcomes.count-2 .headline').nth(1).waitFor()
    assert.deepEqual(await page.locator('.version-title').allInnerTexts(), ['Version 2', 'Version 1'])
    const [newer, older] = await page.locator('.headline').allInnerTexts()
    assert.equal(newer, older)
    await screenshot(page, 'compare')
    assert.deepEqual(complaints, [])
  })
})
