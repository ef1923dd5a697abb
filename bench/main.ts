/**
 * `npm run bench`: Slipway and its peers on this machine in one run; `-- --quick` takes one short round, `-- --dialects` measures the same
 * row in every dialect, `-- --python` Python models alone and for longer, `-- --cache` with and without the response cache, `-- --echo` Slipway
 * beside the bare echo of Node and of Bun, and `-- --memory` what the server holds (with `--long` also whether it grows) instead. Exit code 1: a target missed or a wrong answer.
 */
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { cacheVerdicts, runCache } from './cache.ts'
import { measureLayer } from './cache-layer.ts'
import { dialectVerdict, runDialects } from './dialects.ts'
import { benchEcho } from './echo.ts'
import { measureMemory } from './memory.ts'
import { providePython, pythonVersions } from './python.ts'
import { type PythonFindings, runPythonModels } from './python-models.ts'
import { pythonTables, pythonVerdicts } from './python-targets.ts'
import { type Pace, type Row, runRounds } from './rounds.ts'
import { table } from './table.ts'
import { type Verdict, verdicts } from './targets.ts'

const PACES = {
  full: { rounds: 3, warmUpMs: 1500, measureMs: 4000 },
  quick: { rounds: 1, warmUpMs: 500, measureMs: 1000 },
} as const satisfies Record<string, Pace>
/** Many short rounds: what is compared is a few percent apart, and a busy moment must not fall on one of them alone. */
const DIALECT_PACES = {
  full: { rounds: 9, warmUpMs: 300, measureMs: 800 },
  quick: { rounds: 1, warmUpMs: 300, measureMs: 700 },
} as const satisfies Record<string, Pace>

const PYTHON_PACES = {
  full: { rounds: 5, warmUpMs: 2000, measureMs: 4000 },
  quick: { rounds: 1, warmUpMs: 1000, measureMs: 2000 },
} as const satisfies Record<string, Pace>
/** Python models as a part of the plain run. */
const PYTHON_PART_PACES = {
  full: { rounds: 3, warmUpMs: 1500, measureMs: 2000 },
  quick: { rounds: 1, warmUpMs: 1000, measureMs: 1000 },
} as const satisfies Record<string, Pace>

const CACHE_PACES = {
  full: { rounds: 5, warmUpMs: 1000, measureMs: 1500 },
  quick: { rounds: 1, warmUpMs: 700, measureMs: 700 },
} as const satisfies Record<string, Pace>
/** Short turns in many rounds; wrk counts in whole seconds. */
const ECHO_PACES = {
  full: { rounds: 7, warmUpMs: 1000, measureMs: 3000 },
  quick: { rounds: 1, warmUpMs: 1000, measureMs: 1000 },
} as const satisfies Record<string, Pace>

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const say = (line: string): void => void process.stderr.write(`${line}\n`)

function printRows(rows: readonly Row[]): void {
  const cells = rows.map((row) => [row.name, row.perSecond.toFixed(0), row.p50.toFixed(3), row.p99.toFixed(3), String(row.failures)])
  print(`\n${table(['medians of the rounds', 'requests/s', 'p50 ms', 'p99 ms', 'failures'], cells)}`)
}

/** True when no target was missed and nothing failed. */
function judge(judged: readonly Verdict[], rows: readonly Row[]): boolean {
  const mark = (met: boolean | undefined) => (met === undefined ? '–' : met ? '✔' : '✖')
  const cells = judged.map(({ what, target, measured, met }) => [what, target, measured, mark(met)])
  print(`\n${table(['target', 'wanted', 'measured', ''], cells)}`)
  for (const row of rows)
    if (row.firstFailure !== undefined) print(`\n${row.name} failed ${row.failures} times, first: ${row.firstFailure}`)
  return judged.every(({ met }) => met !== false) && rows.every((row) => row.failures === 0)
}

const machine = (): void =>
  print(`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores; ${process.platform}; Node ${process.versions.node}`)
const described = ({ rounds, measureMs, warmUpMs }: Pace): string =>
  `${rounds} interleaved rounds of ${measureMs / 1000} s after ${warmUpMs / 1000} s of warm-up; the load generator shares the cores`

async function benchDialects(pace: Pace): Promise<boolean> {
  machine()
  print(`${described(pace)}; one row of 64 floats, 32 connections`)
  const findings = await runDialects(pace, say)
  printRows(findings.rows)
  return judge([dialectVerdict(findings)], findings.rows)
}

async function benchCache(pace: Pace): Promise<boolean> {
  machine()
  say('the cache by itself')
  const layer = await measureLayer()
  const cells = layer.map(({ name, hit, miss, off }) => [name, ...[hit, miss, off].map((each) => each.toFixed(1))])
  print(`\n${table(['processor time of the cache itself, µs a request', 'hit', 'miss', 'turned off'], cells)}\n`)
  print(described(pace))
  const findings = await runCache(pace, say)
  printRows(findings.rows)
  return judge(cacheVerdicts(findings, layer), findings.rows)
}

function provided(name: string, what: string): Promise<string | undefined> {
  return providePython(name, say).catch((error: Error) => {
    say(`${what} are left out: ${error.message}\nThey need Python 3.11 or newer with venv, and PyPI.`)
    return undefined
  })
}

/** Prints what was measured; undefined without a Python. */
async function measurePython(pace: Pace): Promise<PythonFindings | undefined> {
  const python = await provided('sklearn', 'Python models')
  if (python === undefined) return undefined
  const findings = await runPythonModels(pace, python, say)
  const versions = await pythonVersions(python, ['scikit-learn', 'pandas', 'numpy', 'fastapi', 'uvicorn', 'pydantic'])
  print(`\n${versions}\n${described(pace)}\n\n${pythonTables(findings)}`)
  return findings
}

async function benchPython(pace: Pace): Promise<boolean> {
  machine()
  const findings = await measurePython(pace)
  return judge(pythonVerdicts(findings), findings?.rows ?? [])
}

async function benchPeers(pace: Pace, pythonPace: Pace): Promise<boolean> {
  const python = await provided('fastapi', 'The FastAPI peers')
  machine()
  if (python !== undefined) print(await pythonVersions(python, ['fastapi', 'uvicorn', 'onnxruntime', 'pydantic', 'orjson']))
  print(described(pace))
  const findings = await runRounds(pace, python, say)
  printRows(findings.rows)
  print(`bare onnxruntime-node, image model: p50 ${findings.bareImageMs.toFixed(3)} ms`)
  const models = await measurePython(pythonPace)
  return judge([...verdicts(findings), ...pythonVerdicts(models)], [...findings.rows, ...(models?.rows ?? [])])
}

async function benchMemory(extent: { readonly long: boolean }): Promise<boolean> {
  const findings = await measureMemory(extent, say)
  machine()
  print(`proportional set sizes of all processes of a server of examples/models/digits\n\n${findings.table}`)
  return judge(findings.verdicts, [])
}

async function benchShares(pace: Pace): Promise<boolean> {
  machine()
  print(described(pace))
  return benchEcho(pace, print, say)
}

const flag = { type: 'boolean', default: false } as const
const { values } = parseArgs({ options: { quick: flag, dialects: flag, python: flag, cache: flag, echo: flag, memory: flag, long: flag } })
const pace = values.quick ? 'quick' : 'full'
const measure = async (): Promise<boolean> => {
  if (values.memory) return benchMemory(values)
  if (values.echo) return benchShares(ECHO_PACES[pace])
  if (values.cache) return benchCache(CACHE_PACES[pace])
  if (values.python) return benchPython(PYTHON_PACES[pace])
  return values.dialects ? benchDialects(DIALECT_PACES[pace]) : benchPeers(PACES[pace], PYTHON_PART_PACES[pace])
}
process.exitCode = (await measure()) ? 0 : 1
