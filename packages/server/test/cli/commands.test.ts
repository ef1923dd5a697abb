import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fixture, slipway } from './run-command.ts'

const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
after(() => rm(folder, { recursive: true, force: true }))
const write = async (name: string, contents: string | Uint8Array) => {
  const path = join(folder, name)
  await writeFile(path, contents)
  return path
}

test('the help, the version and the wrong word', async () => {
  const [help, version, typo, path] = await Promise.all([
    slipway(['--help']),
    slipway(['--version', '--json']),
    slipway(['inspcet', 'x.onnx']),
    slipway(['./model.onnx']),
  ])
  assert.equal(help.code, 0)
  for (const name of ['serve', 'inspect', 'predict', 'doctor', 'feedback', 'client', 'config'])
    assert.match(help.stdout, new RegExp(`slipway ${name}`))
  assert.match(JSON.parse(version.stdout).version, /^\d+\.\d+\.\d+/)
  assert.deepEqual([typo.code, typo.stderr], [2, 'slipway: there is no command "inspcet"; did you mean "inspect"?\n'])
  assert.match(path.stderr, /did you mean "slipway serve \.\/model\.onnx"\?/)
})

test('every command has help with an example', async () => {
  for (const { code, stdout } of await Promise.all(
    ['serve', 'inspect', 'predict', 'doctor', 'feedback', 'client', 'config'].map((name) => slipway([name, '--help'])),
  )) {
    assert.equal(code, 0)
    assert.match(stdout, /Examples?:\n {2}.*slipway /)
  }
})

test('inspect tells what a file holds, what was rewritten, and whether a run agreed to batching', async () => {
  const [zipmap, mean, fixed] = await Promise.all([
    slipway(['inspect', fixture('zipmap-strings.onnx')]),
    slipway(['inspect', fixture('batch-mean.onnx'), '--json']),
    slipway(['inspect', fixture('fixed-batch.onnx'), '--json', '--static']),
  ])
  assert.equal(zipmap.code, 0, zipmap.stderr)
  assert.match(zipmap.stdout, /output_probability\s+FP32 \[\?, 3\]\s+scores/)
  assert.match(zipmap.stdout, /LinearClassifier\s+1\s+ai\.onnx\.ml/)
  assert.match(zipmap.stdout, /Rewritten so that it serves as plain tensors\n.*ZipMap/)
  const { verdict, batch } = JSON.parse(mean.stdout)
  assert.equal(batch.batchable, true)
  assert.equal(verdict.opens, true)
  assert.equal(verdict.batching.on, false)
  assert.notEqual(verdict.batching.why, '')
  assert.equal(JSON.parse(fixed.stdout).batch.batchable, false)
  assert.equal(JSON.parse(fixed.stdout).verdict, undefined)
})

test('inspect of a folder lists its models, and names the nearest one', async () => {
  const repository = fixture('../../../../../examples')
  const [all, one, typo] = await Promise.all([
    slipway(['inspect', repository]),
    slipway(['inspect', repository, '--model', 'digits', '--static', '--json']),
    slipway(['inspect', repository, '--model', 'digtis']),
  ])
  assert.equal(all.code, 0)
  assert.match(all.stdout, /digits\s+1\s+image-classification/)
  assert.equal(JSON.parse(one.stdout).name, 'digits')
  assert.deepEqual([typo.code, typo.stderr], [3, 'slipway: there is no model "digtis" here; did you mean "digits"?\n'])
})

test('inspect refuses what is no model, by exit code and in words', async () => {
  const png = await write('fake.onnx', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))
  const [missing, broken] = await Promise.all([slipway(['inspect', join(folder, 'none.onnx')]), slipway(['inspect', png, '--json'])])
  assert.equal(missing.code, 3)
  assert.match(missing.stderr, /none\.onnx/)
  assert.equal(broken.code, 1)
  assert.match(broken.stderr, /^slipway: .*\n$/)
  assert.equal(JSON.parse(broken.stdout).exit, 1)
})

test('config tells every value and where it came from, the strongest last', async () => {
  await write('slipway.yaml', 'port: 18701\nlimits:\n  deadlineMs: 5000\n  runMs: 4000\n')
  const { code, stdout } = await slipway(['config', folder, '--json'], { env: { SLIPWAY_LIMITS_RUNMS: '7000' } })
  assert.equal(code, 0)
  const settings = JSON.parse(stdout).settings as { path: string; value: unknown; origin: string }[]
  const told = (path: string) => settings.find((setting) => setting.path === path)
  assert.deepEqual(told('port'), { path: 'port', value: 18701, origin: 'file' })
  assert.deepEqual(told('limits.runMs'), { path: 'limits.runMs', value: 7000, origin: 'env' })
  assert.equal(told('host')?.origin, 'default')
  assert.match((await slipway(['config', folder])).stdout, /limits\.deadlineMs\s+file\s+5000/)
})

test('a bad setting is a matter of usage, with file, line and the word that was meant', async () => {
  const path = await write('bad.yaml', 'port: 18702\nlimits:\n  deadlineMss: 5\n')
  const { code, stderr } = await slipway(['config', '--config', path])
  assert.equal(code, 2)
  assert.match(stderr, /line 3: limits\.deadlineMss is not a setting; did you mean deadlineMs\?/)
})

test('predict answers from CSV, JSON, standard input and a picture', async () => {
  const mlp = fixture('mlp64.onnx')
  const row = Array.from({ length: 64 }, (_, index) => index / 64)
  const csv = await write('row.csv', `${row.join(',')}\n${row.join(',')}\n`)
  const digit = fixture('../../../../../examples/models/digits')
  const [fromCsv, fromStdin, table, picture] = await Promise.all([
    slipway(['predict', mlp, '-i', csv, '--json']),
    slipway(['predict', mlp, '-i', '-', '--json'], { stdin: JSON.stringify([row]) }),
    slipway(['predict', mlp, '-i', csv]),
    slipway(['predict', digit, '-i', '-', '--json'], { stdin: JSON.stringify({ image: [[Array(8).fill(Array(8).fill(0))]] }) }),
  ])
  assert.equal(fromCsv.code, 0, fromCsv.stderr)
  const answer = JSON.parse(fromCsv.stdout)
  assert.equal(answer.outputs.y.length, 2)
  assert.equal(answer.outputs.y[0].length, 16)
  assert.deepEqual(answer.outputs.y[0], JSON.parse(fromStdin.stdout).outputs.y[0])
  assert.match(table.stdout, /y {2}FP32 \[2, 16\]\n\s*Row\s+0\s+1/)
  assert.match(table.stdout, /4 more values in each row; --json prints all/)
  const labels = JSON.parse(picture.stdout).labels.probabilities[0] as { label: string; score: number }[]
  assert.equal(labels.length, 10)
  assert.ok(labels.every(({ score }, index) => index === 0 || score <= (labels[index - 1]?.score ?? 1)))
})

test('predict refuses a missing input, a wrong one and a wrong place', async () => {
  const mlp = fixture('mlp64.onnx')
  const results = await Promise.all([
    slipway(['predict', mlp]),
    slipway(['predict', mlp, '-i', join(folder, 'nothing.csv')]),
    slipway(['predict', mlp, '-i', '-'], { stdin: '[[1, 2, 3]]' }),
    slipway(['predict', mlp, '-i', '-'], { stdin: '1,2,3\n' }),
    slipway(['predict', 'http://127.0.0.1:18799', '-i', '-'], { stdin: '[1]' }),
  ])
  assert.deepEqual(
    results.map(({ code }) => code),
    [2, 3, 2, 2, 5],
    results.map(({ stderr }) => stderr).join(''),
  )
  assert.match(results[2]?.stderr ?? '', /standard input: .*"x".*64/)
  for (const { stderr } of results) assert.doesNotMatch(stderr, /\n\s+at |not foreseen/)
})

test('doctor finds the port that is taken and says what to do', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(18703, '127.0.0.1', resolve))
  const { code, stdout } = await slipway(['doctor', fixture('mlp64.onnx'), '--port', '18703'])
  holder.close()
  assert.equal(code, 1)
  assert.match(stdout, /✘ Port\s+127\.0\.0\.1:18703 is taken\n.*\n\s+→ slipway serve --port 18704\n/)
  assert.match(stdout, /✔ ONNX Runtime\s+onnxruntime-node \d+\.\d+\.\d+ loads/)
  assert.match(stdout, /✔ Models\s+1 readable: mlp64/)
})

test('doctor is content with a machine in order, and names a model that cannot be served', async () => {
  const broken = await write('broken.onnx', 'no model at all')
  const [good, bad] = await Promise.all([
    slipway(['doctor', fixture('mlp64.onnx'), '--port', '0', '--json']),
    slipway(['doctor', broken, '--port', '0', '--json']),
  ])
  assert.equal(good.code, 0, good.stdout)
  assert.equal(JSON.parse(good.stdout).ok, true)
  assert.equal(bad.code, 1)
  const models = (JSON.parse(bad.stdout).checks as { name: string; status: string; next: string }[]).find(({ name }) => name === 'Models')
  assert.equal(models?.status, 'failed')
  assert.match(models?.next ?? '', /^slipway inspect .*broken\.onnx$/)
})
