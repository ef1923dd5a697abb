/**
 * `npm run test:frameworks`: every framework and every packager in a Python environment of its own, served and asked over HTTP, against what
 * it answers in a process of its own. What cannot be installed is named, and has not passed. `-- --only TEXT` runs the files whose name holds
 * TEXT, `-- --write` brings the table of docs/frameworks.md up to date. Exit code 1: one differs, or nothing was compared.
 */
import { globSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { run } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { table } from '../bench/table.ts'
import { ROWS_VARIABLE } from '../packages/server/test/support/framework-row.ts'
import { cellsOf, HEAD, readRows, withRows } from './frameworks/rows.ts'
import { Report } from './reporter.ts'
import { inRoot } from './workspace.ts'

const TESTS = 'packages/server/test/frameworks/*.test.ts'
const PAGE = inRoot('docs', 'frameworks.md')
/** The first run fetches gigabytes. */
const FILE_LIMIT_MS = 60 * 60_000
const print = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({ options: { only: { type: 'string' }, write: { type: 'boolean', default: false } } })
if (values.write && values.only !== undefined) throw new Error('--write makes the whole table, so it takes no --only')
const files = globSync(TESTS, { cwd: inRoot() }).filter((path) => values.only === undefined || basename(path).includes(values.only))
const folder = await mkdtemp(join(tmpdir(), 'slipway-frameworks-'))
const reported = join(folder, 'rows.jsonl')
await writeFile(reported, '')
process.env[ROWS_VARIABLE] = reported
const report = new Report(print)
// One after the other: each imports a framework with threads of its own.
const events = run({ files: files.sort().map((path) => inRoot(path)), concurrency: 1, timeout: FILE_LIMIT_MS })
for await (const event of events as AsyncIterable<TestEvent>) report.take(event)
const rows = readRows(await readFile(reported, 'utf8'))
await rm(folder, { recursive: true })
const well = report.close('lenient')
print(`\n${table(HEAD, rows.map(cellsOf))}`)
for (const { framework, note } of rows.filter(({ verdict }) => verdict !== 'same')) print(`${framework}: ${note}`)
if (values.write) await writeFile(PAGE, withRows(await readFile(PAGE, 'utf8'), rows))
process.exitCode = well && rows.some(({ verdict }) => verdict === 'same') ? 0 : 1
