import { type Check, ok } from './check.ts'

const NEEDED = 24

/** Slipway runs TypeScript as it is written, which Node does from 24 on; Bun always has. */
export const engine: Check = {
  name: 'Node',
  run: async () => {
    const bun = process.versions.bun
    if (bun !== undefined) return ok(`Bun ${bun} (${process.platform}-${process.arch})`)
    const what = `Node ${process.versions.node} (${process.platform}-${process.arch})`
    if (Number(process.versions.node.split('.')[0]) >= NEEDED) return ok(what)
    return {
      status: 'failed',
      what,
      why: `Slipway needs Node ${NEEDED} or newer.`,
      next: 'npm ci    (brings a newer Node with the packages; then start with "npx slipway")',
    }
  },
}
