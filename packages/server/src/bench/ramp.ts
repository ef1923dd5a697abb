/** The search for the highest rate that holds: up in steps from what a closed loop reached, then halving the gap. Decisions only. */
import type { StageResult } from './stage.ts'

/** Shares of the closed loop's throughput that are offered first, in this order, until one does not hold. */
const SHARES = [0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.15]
const HALVINGS = 2
/** A rate holds when so much of it is answered. */
const ANSWERED = 0.97

export interface Step {
  readonly perSecond: number
  readonly holds: boolean
}

/** Whether everything offered was answered, nothing failed, and the tail stayed within the target, if there is one. */
export function holds(
  stage: Pick<StageResult, 'perSecond' | 'p99' | 'failed' | 'dropped' | 'windows'>,
  offered: number,
  targetP99Ms?: number,
): boolean {
  if (stage.failed > 0 || stage.dropped > 0) return false
  if (targetP99Ms !== undefined && stage.p99.value > targetP99Ms) return false
  // A line that grows from window to window is a rate that does not hold, whatever was answered so far.
  const last = stage.windows.at(-1)
  const line = last === undefined ? 0 : last.waitingMost / Math.max(1, last.seconds * offered)
  return stage.perSecond.value >= ANSWERED * offered && line < 0.1
}

/** The next rate to offer; undefined when the capacity is known well enough. `closed` is what a closed loop reached. */
export function nextRate(steps: readonly Step[], closed: number): number | undefined {
  const firstFailed = steps.findIndex((step) => !step.holds)
  if (firstFailed < 0) {
    const share = SHARES[steps.length]
    return share === undefined ? undefined : share * closed
  }
  if (steps.length > firstFailed + HALVINGS) return undefined
  const lowest = Math.min(...steps.filter((step) => !step.holds).map((step) => step.perSecond))
  return (capacityOf(steps) + lowest) / 2
}

/** The highest rate that held; 0 when none did. */
export function capacityOf(steps: readonly Step[]): number {
  return Math.max(0, ...steps.filter((step) => step.holds).map((step) => step.perSecond))
}
