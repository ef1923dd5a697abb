/** What a person does on a model's page. */
import type { Page } from 'playwright-core'

type Point = readonly [x: number, y: number]

/** Size of the drawing surface in its own units. */
const PAD = 280

/** Draws lines on the pad with the mouse: pressed at the first point of each, moved through the others. */
export async function draw(page: Page, strokes: readonly (readonly Point[])[]): Promise<void> {
  const box = await page.locator('.pad-canvas').boundingBox()
  if (box === null) throw new Error('the page has no pad to draw on')
  const place = ([x, y]: Point): Point => [box.x + (x / PAD) * box.width, box.y + (y / PAD) * box.height]
  for (const stroke of strokes) {
    const [first, ...rest] = stroke
    if (first === undefined) continue
    await page.mouse.move(...place(first))
    await page.mouse.down()
    for (const point of rest) await page.mouse.move(...place(point))
    await page.mouse.up()
  }
}

/** Does what leads to a prediction, and waits until its answer is shown. */
export async function answered(page: Page, act: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForResponse((response) => response.url().endsWith('/predict')), act()])
  await page.locator('.result[aria-busy="false"] .outcome, .result[aria-busy="false"] .failure').first().waitFor()
}

export const predict = (page: Page): Promise<void> => answered(page, () => page.getByRole('button', { name: /^Predict/ }).click())

/** The large line of the answer. */
export const headline = async (page: Page): Promise<string> => (await page.locator('.headline').first().innerText()).trim()

/** The code of the same call in one language. */
export async function sameCall(page: Page, language: string): Promise<string> {
  await page.getByRole('tab', { name: language }).click()
  await page.locator('.code-box pre').first().waitFor()
  return await page.locator('.code-box pre').first().innerText()
}

/** Goes forward with the Tab key until what is focused has that name. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate((wanted) => {
      const element = document.activeElement
      const labels =
        element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? element.labels?.[0]?.textContent : undefined
      const label = element?.getAttribute('aria-label') ?? labels ?? element?.textContent ?? ''
      return label.trim().startsWith(wanted)
    }, name)
    if (found) return
  }
  throw new Error(`80 presses of Tab did not reach “${name}”`)
}
