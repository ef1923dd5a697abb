/** The checks of the sources as tests, so that one report counts everything. */
import { test } from 'node:test'
import { SOURCE_CHECKS } from '../checks.ts'

for (const check of SOURCE_CHECKS) {
  test(check.name, async () => {
    await check.run()
  })
}
