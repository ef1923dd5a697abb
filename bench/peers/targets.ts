/** What the figures must reach. */
import type { Verdict } from '../targets.ts'
import type { BareSample } from './bare.ts'
import type { CaseName } from './cases.ts'
import type { Contender } from './contender.ts'
import type { Sample } from './sample.ts'
import { medianOf, summarize } from './summary.ts'

export interface Measured {
  readonly contenders: readonly Pick<Contender, 'name' | 'title' | 'kind'>[]
  readonly samples: readonly Sample[]
  readonly bare: readonly BareSample[]
}

type Kind = Contender['kind']

function perSecond({ samples }: Measured, contender: string, of: CaseName, connections: number): number | undefined {
  return summarize(samples, contender, of)?.loads.find((load) => load.connections === connections)?.perSecond
}

/** The fastest of a kind. */
export function best(measured: Measured, kinds: readonly Kind[], of: CaseName): { title: string; perSecond: number } | undefined {
  let found: { title: string; perSecond: number } | undefined
  for (const { name, title, kind } of measured.contenders) {
    if (!kinds.includes(kind)) continue
    const rate = perSecond(measured, name, of, 32)
    if (rate !== undefined && rate > (found?.perSecond ?? 0)) found = { title, perSecond: rate }
  }
  return found
}

function verdict(what: string, target: string, measured: string | undefined, met: boolean | undefined): Verdict {
  return { what, target, measured: measured ?? 'not measured', met: measured === undefined ? undefined : met }
}

interface RatioTarget {
  readonly of: CaseName
  readonly ours: { readonly name: string; readonly title: string }
  readonly kinds: readonly Kind[]
  readonly against: string
  readonly least: number
}

function ratio(measured: Measured, { of, ours, kinds, against, least }: RatioTarget): Verdict {
  const mine = perSecond(measured, ours.name, of, 32)
  const theirs = best(measured, kinds, of)
  const what = `${of}, 32 connections: ${ours.title} against ${against}`
  if (mine === undefined || theirs === undefined) return verdict(what, `≥ ${least} ×`, undefined, undefined)
  const times = mine / theirs.perSecond
  return verdict(what, `≥ ${least} ×`, `${times.toFixed(2)} × (${theirs.title})`, times >= least)
}

function bareVerdicts({ bare, samples }: Measured, of: CaseName, ours: { name: string; title: string }): readonly Verdict[] {
  const own = bare.filter((each) => each.case === of)
  const shares = own.map(({ round, perSecond: least }) => {
    const loads = samples.find((each) => each.contender === ours.name && each.case === of && each.round === round)?.loads
    return loads === undefined || loads.length === 0 ? undefined : Math.max(...loads.map((load) => load.perSecond)) / least
  })
  const tails = own.map(({ queueP99, ours: answers }) => {
    const p99 = answers[ours.name]?.p99
    return p99 === undefined ? undefined : p99 / queueP99
  })
  const [share, tail] = [medianOf(shares), medianOf(tails)]
  const told = share === undefined ? undefined : `${(100 * share).toFixed(0)} %`
  const times = tail === undefined ? undefined : `${tail.toFixed(2)} ×`
  return [
    verdict(`${of}: ${ours.title} against bare onnxruntime’s best throughput`, '≥ 95 %', told, (share ?? 0) >= 0.95),
    verdict(`${of}: p99 of ${ours.title} at half load against a queue in bare onnxruntime’s process`, '≤ 1.3 ×', times, (tail ?? 9) <= 1.3),
  ]
}

const NODE = { name: 'node', title: 'Node' }
const BUN = { name: 'bun', title: 'Bun' }
const DOCUMENTED = { kinds: ['documented'], against: 'the best Python peer as documented' } as const
const TUNED = { kinds: ['documented', 'tuned'], against: 'the best Python peer, tuned by hand' } as const

export function peerVerdicts(measured: Measured): readonly Verdict[] {
  const was = (of: CaseName) => measured.samples.some((sample) => sample.case === of)
  const small = (['digits', 'mlp'] as const)
    .filter(was)
    .flatMap((of) => [
      ratio(measured, { of, ours: NODE, ...DOCUMENTED, least: 5 }),
      ratio(measured, { of, ours: BUN, ...DOCUMENTED, least: 8 }),
      ratio(measured, { of, ours: NODE, ...TUNED, least: 2.5 }),
      ratio(measured, { of, ours: BUN, ...TUNED, least: 4 }),
    ])
  const image = was('image') ? [NODE, BUN].map((ours) => ratio(measured, { of: 'image', ours, ...TUNED, least: 3 })) : []
  const heavy = (['mobilenet', 'bert6'] as const)
    .filter(was)
    .flatMap((of) => [NODE, BUN].flatMap((ours) => bareVerdicts(measured, of, ours)))
  return [...small, ...image, ...heavy]
}
