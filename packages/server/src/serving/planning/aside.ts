/** A model measured on this machine, in workers aside, while its replicas stand ready. */
import { dirname } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import type { Cpu } from '../../base/cpu.ts'
import type { Machine } from '../../base/machine.ts'
import { workerBytes } from '../../models/size.ts'
import type { Carrier } from '../../replicas/carrier.ts'
import type { Revision } from '../revision.ts'
import { workerSpec } from '../worker-spec.ts'
import { candidates, engineDefault } from './candidates.ts'
import { type Measurement, measure } from './measure.ts'
import { Rig } from './rig.ts'
import { exampleRows, generatedRows, octetsOf } from './trial-rows.ts'

export interface AsideDeps {
  readonly carrier: Carrier
  readonly clock: Clock
  readonly machine: Machine
  readonly cpu: Cpu
  /** Processes that answer HTTP. */
  readonly httpProcesses: number
  /** Octets of memory that nothing holds. */
  freeMemory(): number
}

/** What is measured: of a revision, all but how it answers. */
export type Measurable = Pick<Revision, 'package' | 'settings' | 'plan' | 'batching'>

const BUDGET_MS = 1000
/** While plans are compared in turns, and again while one takes the place of another, there are two sets of replicas. */
const SETS = 2
/** What one process spends on a request that carries next to nothing, at the 25,000 a second that were measured. */
const SERVE_MS = 0.04
/** Reading, joining and sending an octet of a tensor. */
const SERVE_MS_OF_OCTET = 1e-6

/** Undefined when not even one more worker fits into the memory that is free. Rejects as `measure` does. */
export async function measureAside(revision: Measurable, deps: AsideDeps, signal: AbortSignal): Promise<Measurement | undefined> {
  const { package: pkg, settings, plan, batching } = revision
  const { clock, machine, cpu, carrier } = deps
  const mostReplicas = Math.floor(deps.freeMemory() / SETS / (await workerBytes(dirname(pkg.modelPath))))
  if (mostReplicas < plan.replicas) return undefined
  const rows = [...exampleRows(pkg, batching.on), ...generatedRows(pkg)]
  return measure({
    clock,
    budgetMs: BUDGET_MS,
    shapes: candidates({ cpus: machine.cpus, cores: cpu.cores, mostReplicas }, settings.replicas),
    current: plan,
    engine: engineDefault(cpu.cores),
    maxRows: batching.on ? batching.maxRows : 1,
    goal: {
      targetP99Ms: settings.targetP99Ms,
      cpus: machine.cpus,
      serveMs: SERVE_MS + SERVE_MS_OF_OCTET * octetsOf(rows[0]),
      httpProcesses: deps.httpProcesses,
    },
    signal,
    open: (shape) =>
      Rig.open({
        carrier,
        clock,
        spec: workerSpec(pkg, settings, { shape, machine }),
        replicas: shape.replicas,
        openMs: settings.limits.openMs,
        rows,
        signal,
      }),
  })
}
