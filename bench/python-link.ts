/** What the way to a Python worker and back takes: an echo model behind our own replica link, without HTTP and without a batcher. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tensor } from '@slipway/protocol'
import { pythonCommand, pythonVariables } from '../packages/server/src/environments/python-worker.ts'
import type { Link, WorkerSpec } from '../packages/server/src/replicas/carrier.ts'
import { createProcessCarrier } from '../packages/server/src/replicas/process.ts'
import { quantile } from './tally.ts'

const ROWS = 32
const WARM_UP_RUNS = 1000
const RUNS = 5000
const MEMORY_BYTES = 2 ** 31

/** Medians in milliseconds over single runs, one in flight. */
export interface LinkFindings {
  /** From the call to its answer. */
  readonly wholeMs: number
  /** Of that, what the worker says that the model took. */
  readonly modelMs: number
  /** A run's whole time without its model's. */
  readonly overheadMs: number
  readonly overheadP99Ms: number
}

const SIDE = { datatype: 'FP32', shape: [-1, 2], symbols: ['batch', null] } as const
const SPEC: WorkerSpec = {
  runtime: 'python',
  modelPath: join(import.meta.dirname, 'python-echo'),
  threads: 1,
  spinning: false,
  providers: [{ name: 'cpu', options: {} }],
  signature: { inputs: [{ name: 'x', ...SIDE }], outputs: [{ name: 'output', ...SIDE }] },
  python: { packager: 'slipway', batched: true, config: {} },
  defaults: new Map(),
  transforms: [],
  memoryBytes: MEMORY_BYTES,
}

/** `python` is an interpreter that has numpy. */
export async function measureLink(python: string): Promise<LinkFindings> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'))
  const carrier = createProcessCarrier({ folder, command: pythonCommand({ python }), env: pythonVariables({ folder }) })
  const worker = await carrier.spawn(MEMORY_BYTES, (line) => process.stderr.write(`${line}\n`))
  try {
    const link = await carrier.connect(worker.address)
    await link.open(SPEC)
    const findings = await measureRuns(link)
    link.close()
    return findings
  } finally {
    worker.kill()
    await worker.exited
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureRuns(link: Link): Promise<LinkFindings> {
  const data = Float32Array.from({ length: 2 * ROWS }, (_, index) => index / 8)
  const inputs = new Map([['x', tensor('FP32', [ROWS, 2], data)]])
  const [whole, model, overhead] = [new Float64Array(RUNS), new Float64Array(RUNS), new Float64Array(RUNS)]
  for (let run = -WARM_UP_RUNS; run < RUNS; run += 1) {
    const sentAt = performance.now()
    const { outputs, inferMs } = await link.run([inputs])
    const took = performance.now() - sentAt
    if (!echoes(outputs.get('output')?.data, data)) throw new Error('the echo model answered something else than it was given')
    if (run < 0) continue
    whole[run] = took
    model[run] = inferMs
    overhead[run] = took - inferMs
  }
  const p50 = (values: Float64Array) => quantile(values.sort(), 0.5)
  return { wholeMs: p50(whole), modelMs: p50(model), overheadMs: p50(overhead), overheadP99Ms: quantile(overhead, 0.99) }
}

const echoes = (answer: unknown, given: Float32Array): boolean =>
  answer instanceof Float32Array && answer.length === given.length && answer.every((value, index) => value === given[index])
