/** Closed-loop load by wrk, which costs little beside what it measures: each connection sends its next request when it has its answer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../scripts/command.ts'
import { type Payload, requestOctets } from '../payload.ts'
import type { LoadResult } from '../tally.ts'

const SCRIPT = join(import.meta.dirname, 'closed-loop.lua')
const ANSWER_LIMIT_S = 20

export interface ClosedLoop {
  readonly port: number
  /** Sent by turns. */
  readonly payloads: readonly Payload[]
  readonly connections: number
  readonly seconds: number
  /** Mean milliseconds between two requests of a connection; as fast as answers come when absent. */
  readonly pauseMs?: number
}

interface Told {
  readonly requests: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  readonly failures: number
}

/** The figures in what wrk printed: the last line is the script's. */
export function parseWrk(printed: string): LoadResult {
  const line = printed
    .split('\n')
    .reverse()
    .find((each) => each.startsWith('{'))
  if (line === undefined) throw new Error(`wrk told no figures:\n${printed}`)
  const { requests, seconds, p50, p99, failures } = JSON.parse(line) as Told
  const answers = requests - failures
  return {
    perSecond: Math.max(0, answers) / seconds,
    p50,
    p99,
    answers,
    failures,
    ...(failures === 0 ? {} : { firstFailure: `${failures} connections or answers failed` }),
  }
}

export const hasWrk = (): Promise<boolean> =>
  runCommand(['wrk', '-v']).then(
    () => true,
    // It tells its version with exit code 1.
    (error: Error) => error.message.includes('wrk '),
  )

export async function closedLoop({ port, payloads, connections, seconds, pauseMs = 0 }: ClosedLoop): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'))
  try {
    const files = payloads.map((payload, index) => {
      const file = join(folder, `${index}.http`)
      writeFileSync(file, requestOctets(port, payload))
      return file
    })
    const [duration, limit] = [`${seconds}s`, `${ANSWER_LIMIT_S}s`]
    const shape = ['-t1', `-c${connections}`, '-d', duration, '--timeout', limit, '-s', SCRIPT] as const
    return parseWrk(
      await runCommand(['wrk', ...shape, `http://127.0.0.1:${port}/`, '--', String(pauseMs), ...files], {
        timeoutMs: (seconds + 2 * ANSWER_LIMIT_S) * 1000,
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
