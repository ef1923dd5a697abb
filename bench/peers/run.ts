/** Everyone in turn, round after round, so that a machine that grows hot or busy does so for all. What is done is kept after each turn. */
import { providePython, pythonVersions } from '../python.ts'
import { poissonArrivals } from './arrivals.ts'
import { type BareSample, bareBeside, bestPlan, openLoop, queueP99 } from './bare.ts'
import type { Case } from './cases.ts'
import type { Contender } from './contender.ts'
import { payloadsOf } from './forms.ts'
import { type Results, saveResults } from './results.ts'
import { settle } from './settle.ts'
import { type Setting, takeTurn, windowOf, withServer } from './turn.ts'

export interface Run {
  readonly cases: readonly Case[]
  readonly contenders: readonly Contender[]
  readonly setting: Setting
  /** Fewer than a case has when the run is a quick one. */
  readonly mostRounds: number
  readonly openSeconds: number
  readonly file: string
  readonly results: Results
  say(line: string): void
}

/** At which the rate is taken that the load generator keeps beside bare onnxruntime. */
const CONNECTED = 32

interface Ready {
  readonly contender: Contender
  readonly python: string
}

/** Makes the environments; a peer that cannot be installed is kept in the results with the reason. */
async function installAll({ contenders, results, say }: Run): Promise<readonly Ready[]> {
  const ready: Ready[] = []
  for (const contender of contenders) {
    const { environment, interpreter, tells, name } = contender
    try {
      const python = environment === undefined ? '' : await providePython(environment, say, interpreter)
      if (tells !== undefined) results.versions[name] ??= await pythonVersions(python, [tells, 'onnxruntime'])
      ready.push({ contender, python })
    } catch (error) {
      results.missing[name] = (error as Error).message.trim().split('\n').slice(-1)[0] as string
      say(`${contender.title} cannot be installed: ${results.missing[name]}`)
    }
  }
  return ready
}

/** The last measured rate of Slipway at a number of connections, for the load generator beside bare onnxruntime. */
function rateOfOurs({ results }: Run, of: Case, connections: number): number | undefined {
  const ours = results.samples.filter((sample) => sample.case === of.name && sample.contender === 'node')
  return ours.at(-1)?.loads.find((load) => load.connections === connections)?.perSecond
}

/** Bare onnxruntime beside the load generator, then the same arrivals at half of what it does: through a queue, and over HTTP to ours. */
async function bareTurn(run: Run, ready: readonly Ready[], of: Case, round: number): Promise<BareSample | undefined> {
  const { setting } = run
  const pace = rateOfOurs(run, of, CONNECTED)
  const ours = ready.filter(({ contender }) => contender.kind === 'ours')
  const first = ours[0]
  if (pace === undefined || first === undefined) return undefined
  const python = await providePython('bare', run.say)
  const best = run.results.bare.find((each) => each.case === of.name)?.best ?? (await bestPlan(python, of, setting.cores))
  const { route, model } = first.contender.route(of)
  const beside = {
    payloads: payloadsOf(route, model, of),
    connections: CONNECTED,
    perSecond: pace,
    seconds: windowOf(setting.pace, of),
    cores: setting.cores,
  }
  const perSecond = await bareBeside(python, of, best, beside)
  const arrivals = poissonArrivals(perSecond / 2, run.openSeconds * 1000, round)
  const answers: Record<string, { p99: number; failures: number }> = {}
  for (const each of ours) {
    answers[each.contender.name] = await withServer({ ...each, of, setting }, async ({ payloads }) => {
      await openLoop(setting.port, payloads, poissonArrivals(perSecond / 2, 1500, 0))
      const { p99, failures } = await openLoop(setting.port, payloads, arrivals)
      return { p99, failures }
    })
  }
  const { sessions, threads, batch } = best
  const queue = await queueP99(python, of, setting.cores, arrivals)
  return { case: of.name, round, best: { sessions, threads, batch }, perSecond, queueP99: queue, ours: answers }
}

async function caseRound(run: Run, ready: readonly Ready[], of: Case, round: number): Promise<void> {
  const { results, say, file, setting } = run
  // Another starts each round, so that nobody always follows the same neighbour.
  const turned = [...ready.slice(round - 1), ...ready.slice(0, round - 1)]
  for (const [index, { contender, python }] of turned.entries()) {
    const isDone = results.samples.some((each) => each.contender === contender.name && each.case === of.name && each.round === round)
    if (isDone) continue
    const sample = await takeTurn({ contender, of, setting, python }, round)
    results.samples.push(sample)
    saveResults(file, results)
    const told = sample.fault ?? sample.loads.map(({ connections, perSecond }) => `${connections}: ${perSecond.toFixed(0)}/s`).join(', ')
    say(`${of.name}, round ${round}, ${index + 1} of ${turned.length}: ${contender.title}: ${told.slice(0, 300)}`)
  }
  if (!of.heavy || !setting.wrk || results.bare.some((each) => each.case === of.name && each.round === round)) return
  say(`${of.name}, round ${round}: bare onnxruntime, and half load`)
  const sample = await bareTurn(run, ready, of, round)
  if (sample !== undefined) results.bare.push(sample)
  saveResults(file, results)
}

/** Runs what is not done yet. */
export async function runPeers(run: Run): Promise<void> {
  const ready = await installAll(run)
  const ours = ready.find(({ contender }) => contender.kind === 'ours')
  if (ours !== undefined && run.results.samples.length === 0) await settle(ours.contender, run.cases, run.setting, run.say)
  const rounds = (of: Case) => Math.min(of.rounds, run.mostRounds)
  const last = Math.max(...run.cases.map(rounds))
  for (let round = 1; round <= last; round += 1) for (const of of run.cases) if (round <= rounds(of)) await caseRound(run, ready, of, round)
  run.results.complete = true
  saveResults(run.file, run.results)
}
