/** `slipway bench` against servers of which it is known what holds them back. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, test } from 'node:test'
import sharp from 'sharp'
import { slipway } from '../cli/run-command.ts'
import { FIXTURES, replicaPids, type SlipwayProcess, type StartOptions, startSlipway } from '../support/e2e/slipway-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DIGITS = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'models', 'digits')
const QUICK = ['--window', '400', '--windows', '4', '--warmup', '400', '--json']

const servers: SlipwayProcess[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function started(options: StartOptions): Promise<SlipwayProcess> {
  const server = await startSlipway(options)
  servers.push(server)
  return server
}

const ran = (command: string, args: readonly string[]) =>
  new Promise<number | null>((resolve) => spawn(command, args, { stdio: 'ignore' }).once('exit', resolve))

/** A server that other work on the machine does not starve, where we may say so: what it is blamed for must be its own. */
async function preferred(options: StartOptions): Promise<SlipwayProcess> {
  const server = await started(options)
  // Niceness counts only within a session's group of processes; the round-robin class counts on the whole machine.
  for (const pid of [server.pid, ...replicaPids(server.pid)]) await ran('chrt', ['-a', '-r', '-p', '1', String(pid)])
  return server
}

interface Document {
  readonly bodies: string
  readonly verdict: { readonly culprit: string; readonly sentence: string; readonly evidence: readonly string[] }
  readonly stages: readonly {
    readonly name: string
    readonly offered?: number
    readonly failed: number
    readonly perSecond: { readonly value: number }
  }[]
  readonly phases: Readonly<Record<string, number>>
  readonly capacity?: number
}

async function bench(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly document: Document; readonly stderr: string }> {
  const { code, stdout, stderr } = await slipway(['bench', ...args, ...QUICK])
  assert.notEqual(stdout, '', stderr)
  return { code, document: JSON.parse(stdout), stderr }
}

/** What is blamed; asked again while the machine is in fact short of CPUs because of what else runs on it. */
async function blamed(args: readonly string[]): Promise<Awaited<ReturnType<typeof bench>>> {
  let seen = await bench(args)
  for (let again = 0; again < 3 && seen.document.verdict.culprit === 'cpu'; again++) seen = await bench(args)
  return seen
}

test('a saturated model is blamed on the model', async () => {
  const server = await preferred({ paths: [join(FIXTURES, 'slow.onnx')] })
  const { code, document } = await blamed([server.url, '-c', '8'])
  assert.equal(code, 0)
  assert.equal(document.verdict.culprit, 'model', document.verdict.evidence.join('; '))
})

test('pictures that take longer to decode than the model takes to run are blamed on the transform', async () => {
  const folder = join(await temporaryFolder(), 'digits')
  await cp(join(DIGITS, '1'), join(folder, '1'), { recursive: true })
  await cp(join(DIGITS, 'model.yaml'), join(folder, 'model.yaml'))
  const noise = { width: 1600, height: 1600, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 40 } } as const
  await mkdir(join(folder, 'examples'))
  await writeFile(
    join(folder, 'examples', 'large.jpg'),
    await sharp({ create: { ...noise, background: 'black' } })
      .jpeg()
      .toBuffer(),
  )
  await writeFile(join(folder, 'examples', 'large.json'), JSON.stringify({ request: { file: 'large.jpg' } }))
  const server = await preferred({ paths: [folder], env: { SLIPWAY_REPLICAS_COUNT: '1' } })
  const { code, document } = await blamed([server.url, '-c', '8', '--dialect', 'plain'])
  assert.equal(code, 0)
  assert.match(document.bodies, /file/)
  assert.equal(document.verdict.culprit, 'transform', document.verdict.evidence.join('; '))
})

const burners: ChildProcess[] = []
after(() => {
  for (const burner of burners) burner.kill('SIGKILL')
})

test('a server whose CPU others have is called starved, and its model is not blamed', { skip: process.platform !== 'linux' }, async () => {
  const server = await started({ paths: [join(FIXTURES, 'slow.onnx')] })
  for (const pid of [server.pid, ...replicaPids(server.pid)]) {
    assert.equal(await ran('taskset', ['-a', '-p', '-c', '0', String(pid)]), 0)
    assert.equal(await ran('renice', ['-n', '10', '-p', String(pid)]), 0)
  }
  burners.push(
    spawn('taskset', ['-c', '0', process.execPath, '-e', 'const end = Date.now() + 60_000; while (Date.now() < end);'], {
      stdio: 'ignore',
    }),
  )
  const { document } = await bench([server.url, '-c', '4'])
  assert.equal(document.verdict.culprit, 'cpu', `${document.verdict.sentence} ${document.verdict.evidence.join('; ')}`)
  for (const burner of burners) burner.kill('SIGKILL')
})

test('without a load it searches the capacity, starts the server itself, and writes a report that needs no network', async () => {
  const report = join(await temporaryFolder(), 'report.html')
  const { document } = await bench([join(FIXTURES, 'mlp64.onnx'), '--html', report, '--windows', '1', '--window', '250'])
  assert.match(document.bodies, /made from its signature/)
  assert.ok((document.capacity ?? 0) > 0)
  assert.ok(document.stages.length > 2)
  assert.ok((document.phases.infer ?? 0) > 0)
  const html = await readFile(report, 'utf8')
  assert.match(html, /<title>Load test/)
  assert.doesNotMatch(html, /(?:src|href)="?https?:/)
})

test('every dialect is answered', async () => {
  const server = await started({ paths: [join(FIXTURES, 'mlp64.onnx')], flags: ['--grpc-port', '0'] })
  for (const dialect of [
    'v2',
    'v2-binary',
    'tfserving',
    'tfserving-columns',
    'sagemaker',
    'vertex',
    'azure',
    'mlflow',
    'torchserve',
    'seldon',
    'cog',
    'plain',
  ]) {
    const { code, stdout, stderr } = await slipway([
      'bench',
      server.url,
      '-c',
      '2',
      '--dialect',
      dialect,
      '--windows',
      '1',
      '--window',
      '150',
      '--warmup',
      '50',
      '--json',
    ])
    assert.equal(code, 0, `${dialect}: ${stderr}`)
    assert.ok(((JSON.parse(stdout) as Document).stages[0]?.perSecond.value ?? 0) > 0, dialect)
  }
})

test('gRPC is asked where the server says that it listens', async () => {
  const { code, document } = await bench([join(FIXTURES, 'mlp64.onnx'), '-c', '2', '--dialect', 'grpc'])
  assert.equal(code, 0)
  assert.ok((document.stages[0]?.perSecond.value ?? 0) > 0)
  assert.ok((document.phases.infer ?? 0) > 0)
})

test('a target that is missed is exit code 1, and so is a server that refuses', async () => {
  const server = await started({ paths: [join(FIXTURES, 'slow.onnx')], env: { SLIPWAY_LIMITS_MAXQUEUEROWS: '1' } })
  const missed = await bench([server.url, '-c', '1', '--p99', '0.001'])
  assert.equal(missed.code, 1)
  assert.match(missed.stderr, /--p99 allows 0\.001 ms/)
  const refused = await bench([server.url, '-c', '16'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /requests failed; the first: status 503/)
})

test('what cannot be measured is told before anything is sent', async () => {
  const server = await started({ paths: [join(FIXTURES, 'mlp64.onnx')] })
  const wrong = async (args: readonly string[]) => slipway(['bench', ...args])
  assert.match((await wrong([server.url, '-m', 'nothing'])).stderr, /no model "nothing"/)
  assert.equal((await wrong([server.url, '--rate', '5', '-c', '5'])).code, 2)
  assert.match((await wrong([server.url, '--dialect', 'soap'])).stderr, /known are v2/)
  assert.match((await wrong(['http://127.0.0.1:9', '-m', 'x'])).stderr, /nobody answers/)
})
