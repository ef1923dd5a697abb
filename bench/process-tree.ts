/** A process and all that it started, as Linux tells of them under /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** Processes by their parent. */
function childrenByParent(): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? statOf(Number(entry))?.parent : undefined
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  return children
}

/** Parent, and ticks on a processor; undefined when the process is gone. */
function statOf(pid: number): { readonly parent: number; readonly ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name stands in parentheses and may hold anything; what follows it are fields 3 and on.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }
  } catch {
    return undefined
  }
}

/** One process of a tree. */
export interface Member {
  readonly pid: number
}

/** The process and all its descendants. */
export function processTree(root: number): readonly Member[] {
  const children = childrenByParent()
  const found: Member[] = []
  const visit = (pid: number): void => {
    const stat = statOf(pid)
    if (stat === undefined) return
    found.push({ pid })
    for (const child of children.get(pid) ?? []) visit(child)
  }
  visit(root)
  return found
}

/** All processes whose environment holds a variable with this value, whoever their parent is now. */
function bearersOf(mark: string): readonly number[] {
  const bears = (pid: number): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark)
    } catch {
      return false
    }
  }
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter(bears)
}

/** Ends every process that was started with `mark` in its environment, in the form `NAME=value`, and what those start meanwhile. */
export function endBearers(mark: string): void {
  for (let tries = 0; tries < 10; tries += 1) {
    const left = bearersOf(mark)
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
    }
  }
}

/** Linux counts processor time for programs in hundredths of a second, whatever its own tick is. */
const TICKS_PER_MS = 0.1

/** Milliseconds on processors, of those that still run. */
export function processorMs(members: readonly Member[]): number {
  return members.reduce((total, { pid }) => total + (statOf(pid)?.ticks ?? 0), 0) / TICKS_PER_MS
}

/** Proportional set size in octets: memory that several processes share counts once over all of them. */
export function proportionalSetSize(members: readonly Member[]): number {
  let total = 0
  for (const { pid } of members) total += pssOf(pid)
  return total
}

function pssOf(pid: number): number {
  try {
    return 1024 * Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1').match(/^Pss:\s+(\d+) kB/m)?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Ticks in a second as /proc counts them, on every architecture that Node runs on. */
const TICKS = 100

/** Processor time that a process has taken in user and system mode, children apart; NaN where there is no /proc. */
export function cpuSeconds(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS
  } catch {
    return Number.NaN
  }
}
