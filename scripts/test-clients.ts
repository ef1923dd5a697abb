/**
 * `npm run test:clients`: a real server, asked by the real clients of every dialect and compared with onnxruntime. Each client has a Python
 * environment of its own, made on first use; one that cannot be installed is skipped. `-- --only TEXT` runs the scripts whose name holds
 * TEXT, `-- --write` brings the table of docs/dialects.md up to date. Exit code 1: a check failed, or nothing was run.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { parseArgs } from 'node:util'
import { table } from '../bench/table.ts'
import { startSlipway } from '../packages/server/test/support/e2e/slipway-process.ts'
import { CLIENTS, type Place } from './clients/catalog.ts'
import { type Finding, prove } from './clients/prove.ts'
import { clientRows, HEAD, withProofs } from './clients/tables.ts'
import { inRoot } from './workspace.ts'

const MODELS = inRoot('examples', 'models')
const FIXTURES = inRoot('packages', 'server', 'test', 'fixtures', 'conformance')
/** One model for each datatype, and one that outlasts a deadline. */
const DATATYPES = ['fp16', 'fp64', 'bool', 'uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64']
const SERVED_FIXTURES = [...DATATYPES.map((name) => `identity-${name}`), 'slow']
const DIALECTS_PAGE = inRoot('docs', 'dialects.md')
const print = (line: string): void => void process.stdout.write(`${line}\n`)

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number }
      server.close(() => resolve(port))
    })
  })
}

async function proveAll(only: string | undefined): Promise<readonly Finding[]> {
  const grpcPort = await freePort()
  const slipway = await startSlipway({
    paths: [
      ...['digits', 'iris', 'tickets'].map((name) => `${MODELS}/${name}`),
      ...SERVED_FIXTURES.map((name) => `${FIXTURES}/${name}.onnx`),
    ],
    flags: ['--default-model', 'digits', '--grpc-port', String(grpcPort)],
    env: { SLIPWAY_REPLICAS_COUNT: '1' },
  })
  const place: Place = { url: slipway.url, grpc: `127.0.0.1:${grpcPort}`, models: MODELS, fixtures: FIXTURES }
  const findings: Finding[] = []
  try {
    for (const client of CLIENTS.filter(({ script }) => only === undefined || script.includes(only))) {
      print(`${client.script}: ${client.name}`)
      const finding = await prove(client, place)
      for (const failure of finding.failures) print(`  FAILED  ${failure}`)
      if (finding.skipped !== undefined) print(`  skipped: ${finding.skipped}`)
      findings.push(finding)
    }
  } finally {
    await slipway.stop()
  }
  return findings
}

const { values } = parseArgs({ options: { only: { type: 'string' }, write: { type: 'boolean', default: false } } })
const findings = await proveAll(values.only)
const rows = clientRows(findings)
print(`\n${table(HEAD, rows)}`)
if (values.write) await writeFile(DIALECTS_PAGE, withProofs(await readFile(DIALECTS_PAGE, 'utf8'), findings))
const passed = rows.every(([, , , result]) => result === 'ok' || result === 'skipped')
process.exitCode = passed && findings.some(({ checks }) => checks > 0) ? 0 : 1
