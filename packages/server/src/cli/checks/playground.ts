import { readFile } from 'node:fs/promises'
import { type Check, ok } from './check.ts'

/** The web UI is built from a clone and comes built with the published package. */
export const playground: Check = {
  name: 'Playground',
  run: async () => {
    try {
      await readFile(new URL('../../../ui/index.html', import.meta.url))
      return ok('built')
    } catch {
      return {
        status: 'warning',
        what: 'not built: the API works, the page at / does not',
        why: 'A clone holds its sources only.',
        next: 'npm run build    (in the folder of the clone; "npm start" does it by itself)',
      }
    }
  },
}
