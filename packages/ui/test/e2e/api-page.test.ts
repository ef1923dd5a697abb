/** The page of a model's API in a real browser: what is copied from it is run, and answers. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { DIALECTS } from '@slipway/client'
import type { Browser, Page } from 'playwright-core'
import { needs } from '../../../../scripts/requirement.ts'
import { buildUi } from '../../../../scripts/ui-build.ts'
import { type SlipwayProcess, startSlipway } from '../../../server/test/support/e2e/slipway-process.ts'
import { openBrowser, openPage, screenshot } from '../support/browser.ts'
import { EXAMPLES } from '../support/drawings.ts'
import { sameCall } from '../support/playground.ts'

const run = promisify(execFile)

describe('the page of an API', needs('chromium'), () => {
  let slipway: SlipwayProcess
  let browser: Browser
  before(async () => {
    await buildUi()
    slipway = await startSlipway({ paths: [EXAMPLES], flags: ['--default-model', 'digits'] })
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await slipway?.stop()
  })
  const open = (path: string) => openPage(browser, `${slipway.url}/${path}`)
  const choose = async (page: Page, id: string) => {
    await page.locator('select').selectOption(id)
    await page.locator('.code-box pre').first().waitFor()
  }

  test('is a click away from the playground', async () => {
    await using opened = await open('#/models/digits')
    const { page, complaints } = opened
    await page.getByRole('link', { name: 'API', exact: true }).click()
    await page.getByRole('heading', { name: 'API' }).waitFor()
    await page.locator('.code-box pre').first().waitFor()
    await screenshot(page, 'api')
    assert.deepEqual(complaints, [])
  })

  test('the copied curl line of every dialect gives the scores of the first example', async () => {
    await using opened = await open('#/models/digits/api')
    const { page } = opened
    const numbers: string[] = []
    for (const { id } of DIALECTS) {
      await choose(page, id)
      const { stdout } = await run('bash', ['-c', `${await sameCall(page, 'curl')} --silent --fail-with-body`])
      const [, scores] = /(?:\[|:)\s*\[?\s*((?:[\d.e-]+,){9}[\d.e-]+)\s*\]/.exec(stdout) ?? []
      assert.ok(scores !== undefined, `${id}: ${stdout.slice(0, 300)}`)
      numbers.push(scores)
    }
    assert.deepEqual(new Set(numbers).size, 1, numbers.join('\n'))
  })

  test('the Python and TypeScript programs of a dialect run as they stand', async () => {
    await using opened = await open('#/models/digits/api')
    const { page } = opened
    for (const id of ['v2-binary', 'tfserving-rows', 'seldon']) {
      await choose(page, id)
      const { stdout: python } = await run('python3', ['-c', await sameCall(page, 'Python')])
      const { stdout: typescript } = await run(process.execPath, [
        '--input-type=module-typescript',
        '--eval',
        await sameCall(page, 'TypeScript'),
      ])
      for (const printed of [python, typescript]) assert.match(printed, /outputs|predictions|jsonData/)
    }
  })
})
