/** `npm run bench`: Slipway and its peers on this machine in one run; `-- --quick` takes one short round. Exit code 1: a target missed or a wrong answer. */
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { providePython, pythonVersions } from './python.ts'
import { type Findings, type Pace, runRounds } from './rounds.ts'
import { table } from './table.ts'
import { verdicts } from './targets.ts'

const PACES = {
  full: { rounds: 3, warmUpMs: 1500, measureMs: 4000 },
  quick: { rounds: 1, warmUpMs: 500, measureMs: 1000 },
} as const satisfies Record<string, Pace>

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const say = (line: string): void => void process.stderr.write(`${line}\n`)

function report(findings: Findings): boolean {
  const cells = findings.rows.map((row) => [
    row.name,
    row.perSecond.toFixed(0),
    row.p50.toFixed(3),
    row.p99.toFixed(3),
    String(row.failures),
  ])
  print(`\n${table(['medians of the rounds', 'requests/s', 'p50 ms', 'p99 ms', 'failures'], cells)}`)
  print(`bare onnxruntime-node, image model: p50 ${findings.bareImageMs.toFixed(3)} ms\n`)
  const mark = (met: boolean | undefined) => (met === undefined ? '–' : met ? '✔' : '✖')
  const judged = verdicts(findings)
  print(
    table(
      ['target', 'wanted', 'measured', ''],
      judged.map(({ what, target, measured, met }) => [what, target, measured, mark(met)]),
    ),
  )
  for (const row of findings.rows)
    if (row.firstFailure !== undefined) print(`\n${row.name} failed ${row.failures} times, first: ${row.firstFailure}`)
  return judged.every(({ met }) => met !== false) && findings.rows.every((row) => row.failures === 0)
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const pace = values.quick ? PACES.quick : PACES.full
const python = await providePython(say).catch((error: Error) => {
  say(`The FastAPI peers are left out: ${error.message}\nThey need Python 3 with venv, and PyPI.`)
  return undefined
})
print(`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores; ${process.platform}; Node ${process.versions.node}`)
if (python !== undefined) print(await pythonVersions(python))
print(
  `${pace.rounds} interleaved rounds of ${pace.measureMs / 1000} s after ${pace.warmUpMs / 1000} s of warm-up; the load generator shares the cores`,
)
process.exitCode = report(await runRounds(pace, python, say)) ? 0 : 1
