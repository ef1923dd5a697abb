/** A scikit-learn pipeline served three ways: by our Python worker, converted to ONNX, and behind FastAPI; and what the way to a Python worker takes. */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../scripts/command.ts'
import { type Load, measureLoad, startAndAsk } from './measure.ts'
import type { Payload } from './payload.ts'
import { meanBatch, runsSoFar } from './peers/batches.ts'
import type { BatchSource } from './peers/contender.ts'
import { type LinkFindings, measureLink } from './python-link.ts'
import { median, medianRow, type Pace, type Row } from './rounds.ts'
import { type Server, slipway } from './servers.ts'
import type { LoadResult } from './tally.ts'

const HERE = import.meta.dirname
const EXAMPLE = join(HERE, '..', 'examples', 'sklearn-pipeline')
const PICKLE = join(EXAMPLE, 'as-it-is', 'model.joblib')
/** Where Slipway builds the environment of the example, at its first start. */
const ENVIRONMENTS = join(HERE, '.slipway', 'envs')
const PORTS = { asItIs: 18_620, converted: 18_621, documented: 18_622, tuned: 18_623 }
const CONNECTIONS = 32
/** Workers of FastAPI, and replicas of the model as it is; the converted one keeps its defaults. */
const PROCESSES = String(availableParallelism())
const BUILD_LIMIT_MS = 10 * 60_000

/** One customer of those that were held out. */
const CUSTOMER = { tenure: 63, charges: 86.85, contract: 'two years', payment: 'card' }

interface Contender {
  readonly name: PythonName
  readonly server: Server
  readonly payload: Payload
  /** Where the label lies in the answer. */
  readonly labelAt: readonly (string | number)[]
  readonly batches: BatchSource
}

export const NAMES = {
  asItIs: 'Slipway, scikit-learn as it is',
  converted: 'Slipway, converted to ONNX',
  fastapi: 'FastAPI, as documented',
  tuned: 'FastAPI, tuned by hand',
} as const
type PythonName = (typeof NAMES)[keyof typeof NAMES]

export interface PythonRow extends Row {
  /** Mean over a measurement and its warm-up, median of the rounds. */
  readonly rowsPerRun: number
}

export interface PythonFindings {
  readonly link: LinkFindings
  /** What the pipeline takes in a bare script (ms). */
  readonly bare: Reference['runs']
  readonly rows: readonly PythonRow[]
}

/** What the pipeline itself answers, and how long runs of so many rows take there. */
interface Reference {
  readonly label: string
  readonly probabilities: readonly number[]
  readonly runs: readonly { readonly rows: number; readonly ms: number }[]
}

function v2Customer(model: string, { probabilities }: Reference): Payload {
  const of = (name: string, value: number | string) => ({
    name,
    shape: [1, 1],
    datatype: typeof value === 'number' ? 'FP64' : 'BYTES',
    data: [value],
  })
  return {
    path: `/v2/models/${model}/infer`,
    headers: { 'Content-Type': 'application/json' },
    body: Buffer.from(JSON.stringify({ inputs: Object.entries(CUSTOMER).map(([name, value]) => of(name, value)) })),
    expected: { numbers: probabilities, at: ['outputs', 1, 'data'] },
  }
}

function ours(folder: 'as-it-is' | 'converted', port: number, env: Readonly<Record<string, string>>): Server {
  return { ...slipway(join(EXAMPLE, folder), port), env, startLimitMs: BUILD_LIMIT_MS }
}

/** The access log is off, which favours it. */
function fastapi(app: 'documented' | 'tuned', python: string, { probabilities }: Reference): Contender {
  const [name, port] = [app === 'tuned' ? NAMES.tuned : NAMES.fastapi, PORTS[app]]
  return {
    name,
    server: {
      name,
      command: [python, '-m', 'uvicorn', `${app}:app`, '--workers', PROCESSES, '--port', String(port), '--no-access-log'],
      port,
      cwd: join(HERE, 'peers', 'sklearn'),
      env: { MODEL: PICKLE, PYTHONDONTWRITEBYTECODE: '1' },
    },
    payload: {
      path: '/predict',
      headers: { 'Content-Type': 'application/json' },
      body: Buffer.from(JSON.stringify(CUSTOMER)),
      expected: { numbers: probabilities, at: ['probabilities'] },
    },
    labelAt: ['label'],
    batches: 'single',
  }
}

function contenders(python: string, reference: Reference): readonly Contender[] {
  const runs = { rows: 'slipway_run_rows_sum', runs: 'slipway_run_rows_count' }
  const labelAt = ['outputs', 0, 'data', 0]
  return [
    {
      name: NAMES.asItIs,
      server: ours('as-it-is', PORTS.asItIs, { SLIPWAY_REPLICAS_COUNT: PROCESSES, SLIPWAY_ENVIRONMENTS_FOLDER: ENVIRONMENTS }),
      payload: v2Customer('as-it-is', reference),
      labelAt,
      batches: runs,
    },
    {
      name: NAMES.converted,
      server: ours('converted', PORTS.converted, {}),
      payload: v2Customer('converted', reference),
      labelAt,
      batches: runs,
    },
    fastapi('documented', python, reference),
    fastapi('tuned', python, reference),
  ]
}

/** Rejects unless the label is the pipeline's; the numbers are checked of every answer. */
async function checkLabel({ name, server, payload, labelAt }: Contender, { label }: Reference): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${payload.path}`, {
    method: 'POST',
    headers: payload.headers,
    body: new Uint8Array(payload.body),
  })
  let value: unknown = await answer.json()
  for (const key of labelAt) value = (value as Record<string | number, unknown> | undefined)?.[key]
  if (value !== label) throw new Error(`${name} answers the label ${String(value)}, the pipeline itself ${label}`)
}

type Measured = LoadResult & { readonly rowsPerRun: number }

async function measureTurn(contender: Contender, reference: Reference, load: Load): Promise<Measured> {
  const { server, payload, batches } = contender
  const { running } = await startAndAsk(server, payload)
  try {
    await checkLabel(contender, reference)
    const before = await runsSoFar(batches, server.port, '')
    const result = await measureLoad(server.port, payload, load)
    const rowsPerRun = meanBatch(before, await runsSoFar(batches, server.port, '')) ?? Number.NaN
    return { ...result, rowsPerRun }
  } finally {
    await running.stop()
  }
}

/** Runs all rounds, each contender in turn. `python` is the interpreter of the environment `sklearn`. */
export async function runPythonModels(pace: Pace, python: string, say: (line: string) => void): Promise<PythonFindings> {
  say('the way to a Python worker and back')
  const link = await measureLink(python)
  const printed = await runCommand([python, join(HERE, 'peers', 'sklearn', 'reference.py'), PICKLE, JSON.stringify(CUSTOMER)])
  const reference = JSON.parse(printed) as Reference
  const load: Load = { connections: CONNECTIONS, warmUpMs: pace.warmUpMs, measureMs: pace.measureMs }
  const all = contenders(python, reference)
  const results = new Map<string, Measured[]>(all.map(({ name }) => [name, []]))
  if (!existsSync(ENVIRONMENTS)) say('the first start installs the requirements of the example into bench/.slipway/envs')
  for (let round = 1; round <= pace.rounds; round += 1)
    // There and back again, so that a machine that grows slower does so for all.
    for (const contender of round % 2 === 0 ? all.toReversed() : all) {
      say(`round ${round} of ${pace.rounds}: ${contender.name}`)
      results.get(contender.name)?.push(await measureTurn(contender, reference, load))
    }
  const rowOf = (name: string, turns: readonly Measured[]): PythonRow => ({
    ...medianRow(name, turns),
    rowsPerRun: median(turns.map(({ rowsPerRun }) => rowsPerRun)),
  })
  return { link, bare: reference.runs, rows: [...results].map(([name, turns]) => rowOf(name, turns)) }
}
