/** `slipway feedback export`, against the store of a project and against the running server that fills it. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Slipway } from '@slipway/client'
import { parseCsv } from '../../src/base/csv.ts'
import { example, fixture, serviceOf } from '../support/service.ts'
import { folderWith, temporaryFolder } from '../support/temporary-folder.ts'
import { slipway } from './run-command.ts'

const project = await folderWith({ 'slipway.yaml': 'store: { url: ./kept/slipway.db }\n' })
const service = await serviceOf([fixture('int64-sum.onnx'), example('digits'), example('iris')], {
  'store.url': join(project, 'kept', 'slipway.db'),
})
after(() => service.stop())

const PNG = readFileSync(join(example('digits'), 'examples', '7.png'))
const server = new Slipway(service.url)

async function markAll(): Promise<void> {
  const digits = server.model('digits')
  const image = new Blob([PNG], { type: 'image/png' })
  await digits.feedback({
    input: { image },
    answer: await digits.answer({ image }),
    verdict: 'relabelled',
    label: '1',
    note: 'a "one",\nreally',
  })
  const drawn = { image: { datatype: 'FP32', shape: [1, 1, 8, 8], data: new Float32Array(64).fill(0.1) } } as const
  await digits.feedback({ input: drawn, answer: await digits.answer(drawn), verdict: 'right' })
  const sum = server.model('int64-sum')
  const input = { a: { datatype: 'INT64', shape: [1], data: [2n ** 63n - 1n] }, b: { datatype: 'INT64', shape: [1], data: [-1n] } } as const
  const answer = await sum.answer(input)
  for (let count = 0; count < 25; count++) await sum.feedback({ input, answer, verdict: count % 2 === 0 ? 'right' : 'wrong' })
}
await markAll()

const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

for (const [where, source] of [
  ['the store of the project', [project]],
  ['a running server', ['--url', service.url]],
] as const) {
  test(`rows and pictures come from ${where}, each row with what it takes to learn from it`, async () => {
    const out = join(await temporaryFolder(), 'marked')
    const { code, stdout, stderr } = await slipway(['feedback', 'export', ...source, '--model', 'digits', '--out', out])
    assert.deepEqual([code, stderr, stdout], [0, '', `Wrote 2 rows and 1 picture to ${join(out, 'feedback.jsonl')}\n`])
    const [first, second] = lines(join(out, 'feedback.jsonl'))
    assert.deepEqual(
      [first.model, first.version, first.verdict, first.label, first.note],
      ['digits', '1', 'relabelled', '1', 'a "one",\nreally'],
    )
    assert.ok(Date.parse(first.markedAt) > 0)
    assert.deepEqual(first.input, { file: `pictures/${first.id}.png` })
    assert.deepEqual(readFileSync(join(out, first.input.file)), PNG)
    assert.equal(first.output.outputs[0].data.length, 10)
    assert.equal(second.input.inputs[0].data[63], 0.1)
    assert.deepEqual(readdirSync(out).sort(), ['feedback.jsonl', 'pictures'])
  })

  test(`64-bit integers come whole, over several pages, from ${where}`, async () => {
    const file = join(await temporaryFolder(), 'sums.jsonl')
    const { code, stderr } = await slipway(['feedback', 'export', ...source, '-m', 'int64-sum', '-o', file])
    assert.equal(code, 0, stderr)
    const text = readFileSync(file, 'utf8')
    assert.equal(text.match(/"data":\[9223372036854775807\]/g)?.length, 25)
    assert.equal(text.match(/"data":\[9223372036854775806\]/g)?.length, 25)
    assert.equal(new Set(lines(file).map(({ id }) => id)).size, 25)
  })
}

test('a table has a column for each element of one row, and a picture by its place', async () => {
  const out = await temporaryFolder()
  const file = join(out, 'digits.csv')
  const { code, stderr } = await slipway(['feedback', 'export', project, '-m', 'digits', '-o', file])
  assert.equal(code, 0, stderr)
  const [header = [], first = [], second = [], ...more] = parseCsv(readFileSync(file, 'utf8'), ',')
  assert.equal(more.length, 0)
  const cell = (row: readonly string[], column: string) => row[header.indexOf(column)]
  assert.deepEqual([cell(first, 'label'), cell(first, 'note')], ['1', 'a "one",\nreally'])
  assert.equal(cell(first, 'picture'), `digits-pictures/${cell(first, 'id')}.png`)
  assert.deepEqual(readFileSync(join(out, cell(first, 'picture') as string)), PNG)
  assert.deepEqual([cell(first, 'input.image[63]'), cell(second, 'input.image[63]'), cell(second, 'picture')], ['', '0.1', ''])
  const scores = Array.from({ length: 10 }, (_, index) => Number(cell(first, `output.probabilities[${index}]`)))
  assert.ok(Math.abs(scores.reduce((sum, score) => sum + score, 0) - 1) < 1e-4, String(scores))
})

test('a dry run writes nothing; a file that is there is replaced only by --force', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'sums.csv')
  const line = ['feedback', 'export', project, '-m', 'int64-sum', '-o', file]
  const dry = await slipway([...line, '--dry-run', '--json'])
  assert.deepEqual(JSON.parse(dry.stdout), { file, format: 'csv', rows: 25, pictures: 0, dryRun: true })
  assert.equal(existsSync(file), false)
  writeFileSync(file, 'precious')
  const refused = await slipway(line)
  assert.equal(refused.code, 4)
  assert.match(refused.stderr, /is there already; .*--force/)
  assert.equal(readFileSync(file, 'utf8'), 'precious')
  assert.equal((await slipway([...line, '--force'])).code, 0)
  assert.match(readFileSync(file, 'utf8'), /^id,markedAt,model,version,requestId,verdict,label,note,input\.a,input\.b,output\.sum\r\n/)
  assert.deepEqual(readdirSync(folder), ['sums.csv'])
})

test('what cannot be exported is told by exit code and in words', async () => {
  const empty = await temporaryFolder()
  const out = join(empty, 'out')
  const cases: readonly (readonly [args: readonly string[], code: number, sentence: RegExp])[] = [
    [['feedback'], 2, /needs export/],
    [['feedback', 'exprot'], 2, /did you mean "export"\?/],
    [['feedback', 'export', '-o', out], 2, /--model NAME/],
    [['feedback', 'export', '-m', 'digits'], 2, /--out DIR/],
    [['feedback', 'export', '-m', 'digits', '-o', `${out}.csv`, '--format', 'jsonl'], 2, /--format jsonl does not go with/],
    [['feedback', 'export', project, '-m', 'iris', '-o', out], 3, /no answer of model "iris" was marked yet/],
    [['feedback', 'export', '-m', 'digits', '-o', out], 3, /marked yet; looked in .*\.slipway/],
    [['feedback', 'export', '-m', 'nothing', '-o', out, '--url', service.url], 3, /there is no model \\?"nothing/],
    [['feedback', 'export', '-m', 'digits', '-o', out, '--url', 'http://127.0.0.1:19299'], 5, /got no answer/],
    [['feedback', 'export', '-m', 'digits', '-o', out, '--url', 'nonsense'], 2, /no address of a server/],
    [['feedback', 'export', project, '-m', 'digits', '-o', out, '--url', service.url], 2, /no project/],
  ]
  const ended = await Promise.all(cases.map(([args]) => slipway(args, { cwd: empty })))
  for (const [index, [args, code, sentence]] of cases.entries()) {
    assert.equal(ended[index]?.code, code, `${args.join(' ')}: ${ended[index]?.stderr}`)
    assert.match(ended[index]?.stderr ?? '', sentence)
  }
  assert.deepEqual(readdirSync(empty), [])
})
