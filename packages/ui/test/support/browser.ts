/** The real browser, and pages whose every complaint is kept. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findChromium } from '../../../../scripts/chromium.ts'

const ARTEFACTS = join(import.meta.dirname, '..', '..', '..', '..', 'test-artefacts')
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const DESKTOP = { viewport: { width: 1280, height: 800 } } as const satisfies BrowserContextOptions
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
} as const satisfies BrowserContextOptions

export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('no Chromium found; install one or name it in CHROMIUM_PATH')
  return await chromium.launch({ executablePath, args: ARGS })
}

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page
  /** Errors, warnings and violations of the content security policy, as the console shows them. */
  readonly complaints: readonly string[]
}

/** A page of its own context, so that nothing is kept between tests. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = DESKTOP): Promise<OpenedPage> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(url)
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** A screenshot among the test's artefacts. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(ARTEFACTS, { recursive: true })
  await page.screenshot({ path: join(ARTEFACTS, `playground-${name}.png`) })
}
