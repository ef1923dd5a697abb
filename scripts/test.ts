/** `npm test`: format, lint, types, dead code, a built UI, then every suite. `-- --only TEXT` runs the test files whose path holds TEXT. */
import { parseArgs } from 'node:util'
import { provideChromium } from './chromium.ts'
import { provideRedis } from './redis.ts'
import { Report } from './reporter.ts'
import { findTests, runWave, wavesOf } from './test-run.ts'
import { buildUi } from './ui-build.ts'
import { isCi } from './workspace.ts'

const print = (line: string): void => void process.stdout.write(`${line}\n`)

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const files = findTests(values.only)
if (files.length === 0) fail(`No test file's path holds "${values.only}".`)

const browserTests = files.some((path) => path.startsWith('packages/ui/') || path.includes('/e2e/'))
if (browserTests) {
  const chromium = await provideChromium(print)
  if ('path' in chromium) process.env.CHROMIUM_PATH = chromium.path
  else print(chromium.missing)
}
if (files.some((path) => path.includes('/stores/values/') || path.includes('/e2e/cache'))) {
  const missing = await provideRedis(print)
  if (missing !== undefined) print(missing)
}
await buildUi().catch((error: Error) => fail(`The web UI could not be built, so its tests cannot run.\n${error.message}`))

const report = new Report(print)
for (const wave of wavesOf(files)) await runWave(wave, report)
process.exitCode = report.close(isCi() ? 'strict' : 'lenient') ? 0 : 1
