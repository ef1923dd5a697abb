/** The real command on a model whose rows are not joined, so that few settings are left to try. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { exited, fixture, printed, slipway, startSlipway } from './run-command.ts'

const MANIFEST = '# how it is served\ndescription: A fixed batch # as exported\n'

async function packageFolder() {
  const folder = await temporaryFolder()
  const model = join(folder, 'm')
  await mkdir(join(model, '1'), { recursive: true })
  await copyFile(fixture('fixed-batch.onnx'), join(model, '1', 'model.onnx'))
  await writeFile(join(model, 'model.yaml'), MANIFEST)
  return { folder, manifest: join(model, 'model.yaml') }
}

test('tune keeps what it has measured when it is stopped, goes on from there, and writes the manifest', async () => {
  const { folder, manifest } = await packageFolder()
  const args = ['tune', 'm', '--p99', '5000', '--budget', '1']
  const stopped = startSlipway(args, { cwd: folder })
  await printed(stopped.stderr, /2 of at most \d+ {2}/)
  stopped.kill('SIGINT')
  assert.deepEqual(await exited(stopped), { code: 1, signal: null })
  assert.equal(await readFile(manifest, 'utf8'), MANIFEST)

  const { code, stdout, stderr } = await slipway([...args, '--resume', '--json'], { cwd: folder })
  assert.equal(code, 0, stderr)
  const told = JSON.parse(stdout)
  assert.equal(told.written, manifest)
  assert.ok(told.finalists.length >= 1 && told.front.length >= 1 && told.gain >= 1)
  assert.ok(told.chosen.rowsPerSecond > 0 && told.chosen.p99Ms <= 5000 && told.chosen.meets)
  const written = await readFile(manifest, 'utf8')
  assert.ok(written.startsWith(MANIFEST))
  assert.match(written, new RegExp(`replicas:\\n  count: ${told.chosen.replicas}\\n  threads: ${told.chosen.threads}\\n`))
  assert.match(written, /^targetP99Ms: 5000$/m)

  const inspected = await slipway(['inspect', 'm', '--static'], { cwd: folder })
  assert.equal(inspected.code, 0, inspected.stderr)
})

test('tune says the nearest when nothing keeps the target, and writes nothing', async () => {
  const { folder, manifest } = await packageFolder()
  const { code, stdout } = await slipway(['tune', 'm', '--p99', '0.001', '--budget', '1'], { cwd: folder })
  assert.equal(code, 1)
  assert.match(stdout, /No setting that was tried keeps a p99 of 0\.00 ms: the nearest is \d × \d, .* with [\d.]+ ms; nothing is written/)
  assert.equal(await readFile(manifest, 'utf8'), MANIFEST)
  assert.ok(existsSync(join(folder, '.slipway', 'tune')))
})

test('tune refuses what it cannot do before it opens anything', async () => {
  const { folder } = await packageFolder()
  const refused = async (...args: readonly string[]) => {
    const { code, stderr } = await slipway(['tune', 'm', ...args], { cwd: folder })
    return `${code} ${stderr}`
  }
  assert.match(await refused('--resume'), /^1 .*no interrupted run of this model/)
  assert.match(await refused('--budget', '0'), /^2 .*--budget must be more than 0/)
  assert.match(await refused('--providers', 'cpu;qpu'), /^2 .*--providers: expected one of cpu, cuda/)
})
