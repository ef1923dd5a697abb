/**
 * Slipway measures threads and replicas aside once it is quiet, and begins with the result at the next start. Before the rounds each of its
 * models is served once and left alone for that, as it would be on the first evening of its life.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import type { Case } from './cases.ts'
import type { Contender } from './contender.ts'
import { PLANS } from './contenders.ts'
import { type Setting, withServer } from './turn.ts'

const LIMIT_MS = 10_000

const planCount = (): number => readdirSync(PLANS, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length

/** Waits until a plan is kept; false when none was, which is no fault: the start's own choice then serves. */
async function planIsKept(before: number): Promise<boolean> {
  for (const until = performance.now() + LIMIT_MS; performance.now() < until; ) {
    if (planCount() > before) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

export async function settle(contender: Contender, cases: readonly Case[], setting: Setting, say: (line: string) => void): Promise<void> {
  rmSync(PLANS, { recursive: true, force: true })
  mkdirSync(PLANS, { recursive: true })
  for (const of of cases) {
    const before = planCount()
    const kept = await withServer({ contender, of, setting, python: '' }, () => planIsKept(before))
    say(`${of.name}: ${contender.title} ${kept ? 'has settled threads and replicas' : 'keeps no plan'}`)
  }
}
