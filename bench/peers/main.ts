/**
 * `npm run bench:peers`: Slipway and its peers with the same models, rows and cores, in interleaved rounds. Exit code 1: a target missed, or a
 * wrong answer of Slipway. An interrupted run goes on where it stopped; `--fresh` starts over.
 */
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { CASE_NAMES, type CaseName, prepareCases } from './cases.ts'
import { chart, writeChart } from './chart.ts'
import { hasWrk } from './closed-loop.ts'
import { allContenders } from './contenders.ts'
import { provideModels } from './make-models.ts'
import { writeReport } from './page.ts'
import { chartGroups, machineLine, markdownReport, plainReport, sections } from './report.ts'
import { emptyResults, RESULTS, resumeResults } from './results.ts'
import { runPeers } from './run.ts'
import { peerVerdicts } from './targets.ts'

const HELP = `npm run bench:peers -- [options]
  --quick            one round, short
  --rounds N         at most so many rounds; also closes an interrupted run with those it has
  --only A,B         cases: ${CASE_NAMES.join(', ')}
  --peers A,B        contenders: ${allContenders(1)
    .map(({ name }) => name)
    .join(', ')}
  --port N           the port that everyone is served on in turn, and the two above it; 18640 when absent
  --fresh            forgets an interrupted run
  --write-docs       puts the table into docs/performance.md
  --models           only makes the models, and prints where they are
`

/** wrk counts in whole seconds. */
const PACES = {
  full: { warmUpSeconds: 1, measureSeconds: 2, heavySeconds: 3 },
  quick: { warmUpSeconds: 1, measureSeconds: 1, heavySeconds: 2 },
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    peers: { type: 'string' },
    port: { type: 'string', default: '18640' },
    fresh: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    models: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** The named ones in their own order, all when none is named; throws at a name that nobody has. */
function chosen<Name extends string>(all: readonly Name[], named: string | undefined): readonly Name[] {
  if (named === undefined) return all
  const wanted = named.split(',')
  const strange = wanted.find((name) => !(all as readonly string[]).includes(name))
  if (strange !== undefined) throw new Error(`"${strange}" is not one of ${all.join(', ')}`)
  return all.filter((name) => wanted.includes(name))
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'no commit'
  }
}

async function compare(): Promise<boolean> {
  const cores = availableParallelism()
  const names: readonly CaseName[] = chosen(CASE_NAMES, values.only)
  const all = allContenders(cores)
  const peers = chosen(
    all.map(({ name }) => name),
    values.peers,
  )
  const contenders = all.filter(({ name }) => peers.includes(name))
  await provideModels(say)
  const wrk = await hasWrk()
  if (!wrk)
    say('wrk is not installed (Debian: apt-get install wrk): load comes from bench/load.ts, and nothing is compared with bare onnxruntime')
  const run = [values.quick ? 'quick' : 'full', names.join(','), peers.join(','), commit()].join(' · ')
  const results = values.fresh ? emptyResults(run) : resumeResults(RESULTS, run)
  if (results.samples.length > 0) say(`Going on with the run of ${results.startedAt}: ${results.samples.length} turns are done`)
  const cases = await prepareCases(names)
  const pace = PACES[values.quick ? 'quick' : 'full']
  const setting = { pace, port: Number(values.port), cores, wrk }
  const mostRounds = values.quick ? 1 : Number(values.rounds ?? Number.POSITIVE_INFINITY)
  const openSeconds = values.quick ? 3 : 6
  await runPeers({ cases, contenders, setting, mostRounds, openSeconds, file: RESULTS, results, say })
  const measured = { contenders, samples: results.samples, bare: results.bare }
  const [parts, judged] = [sections(cases, measured, results.missing), peerVerdicts(measured)]
  const versions = [...new Set(Object.values(results.versions).flatMap((told) => told.split(', ')))].join(', ')
  const head = `${machineLine()}, ${results.startedAt.slice(0, 10)}, commit ${commit()}. Peers: ${versions}. Load by ${wrk ? 'wrk' : 'bench/load.ts'}, ${pace.measureSeconds} s each (heavy models ${pace.heavySeconds} s) after ${pace.warmUpSeconds} s of warm-up.`
  print(`${head}\n\n${plainReport(parts, judged)}`)
  if (values['write-docs']) {
    writeChart(chart(chartGroups(cases, measured), 'Requests per second at 32 connections, answers checked; longer is better.'))
    writeReport(`${head}\n\n![Requests per second of every contender](peers.svg)\n\n${markdownReport(parts, judged)}`)
  }
  const ours = contenders.filter(({ kind }) => kind === 'ours').map(({ name }) => name)
  const isSound = results.samples.every((each) => !ours.includes(each.contender) || each.fault === undefined)
  return isSound && judged.every(({ met }) => met !== false)
}

if (values.help) print(HELP)
else if (values.models) print(await provideModels(say))
else process.exitCode = (await compare()) ? 0 : 1
