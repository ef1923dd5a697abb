/** `slipway convert` on the pipeline of the examples, in a real environment: texts, missing values, gradient-boosted trees. */
import assert from 'node:assert/strict'
import { access, copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { slipway } from '../cli/run-command.ts'
import { ENVIRONMENTS } from '../support/python.ts'
import { folderWith, temporaryFolder } from '../support/temporary-folder.ts'

const EXAMPLE = join(import.meta.dirname, '../../../../examples/sklearn-pipeline')
const env = { SLIPWAY_ENVIRONMENTS_FOLDER: ENVIRONMENTS, HOME: process.env.HOME ?? '/tmp', SLIPWAY_LIMITS_OPENMS: '120000' }
const run = (...args: readonly string[]) => slipway(args, { env })

/** A person's folder: the model and what it needs, nothing else. */
async function given(): Promise<string> {
  const folder = await temporaryFolder()
  for (const name of ['model.joblib', 'requirements.txt']) await copyFile(join(EXAMPLE, 'as-it-is', name), join(folder, name))
  return folder
}

const DATA = join(EXAMPLE, 'held-out.csv')

test('a pipeline with texts and missing values becomes a package that answers the same, in FP64 where FP32 is not enough', async () => {
  const folder = await given()
  const { code, stdout, stderr } = await run('convert', join(folder, 'model.joblib'), '--data', DATA, '--json')
  assert.equal(code, 0, stderr)
  const said = JSON.parse(stdout)
  assert.equal(said.precision, 'double')
  assert.equal(said.report.rows, 500)
  assert.equal(said.report.agrees, true)
  const label = said.report.outputs.find(({ name }: { name: string }) => name === 'label')
  assert.equal(label.labelAgreement, 1)
  assert.ok(said.report.outputs.every(({ maxDifference }: { maxDifference: number }) => maxDifference < 1e-6))
  assert.equal(said.converted.packages['scikit-learn'], '1.9.1')
  assert.deepEqual((await readdir(join(folder, 'model/examples'))).length, 4)
  const asked = await run('predict', join(folder, 'model'), '-i', DATA, '--json')
  assert.equal(asked.code, 0, asked.stderr)
  const inspected = await run('inspect', join(folder, 'model'))
  assert.equal(inspected.code, 0, inspected.stdout)
  assert.match(inspected.stdout, /Converted +from model\.joblib by skl2onnx/)
})

test('answers that differ by more than the tolerance are refused and nothing is written; accepted, the manifest says so', async () => {
  const folder = await given()
  const strict = ['convert', join(folder, 'model.joblib'), '--rows', '50', '--tolerance', '1e-12']
  const refused = await run(...strict)
  assert.equal(refused.code, 1, refused.stderr)
  assert.match(refused.stdout, /✖ output "probabilities" differs by up to .* of 50 rows \(tolerance 1e-12\)/)
  assert.match(refused.stdout, /Nothing was written/)
  await assert.rejects(access(join(folder, 'model')))
  const accepted = await run(...strict, '--accept-difference')
  assert.equal(accepted.code, 0, accepted.stderr)
  assert.match(await readFile(join(folder, 'model/model.yaml'), 'utf8'), /agrees: false/)
  const inspected = await run('inspect', join(folder, 'model'))
  assert.equal(inspected.code, 0, inspected.stdout)
  assert.match(inspected.stdout, /which was accepted when it was converted/)
  const again = await run(...strict, '--accept-difference', '--json')
  assert.equal(JSON.parse(again.stdout).version, '2')
})

test('the pipeline as it is and the package in the examples give the same answers', async () => {
  const { code, stdout, stderr } = await run('parity', join(EXAMPLE, 'as-it-is'), join(EXAMPLE, 'converted'), '--data', DATA, '--json')
  assert.equal(code, 0, stderr)
  assert.equal(JSON.parse(stdout).rows, 500)
})

test('what cannot be converted is named, with what to do', async () => {
  const folder = await folderWith({
    'weights.pth': 'PK archive/data.pkl',
    'words.json': '{"a": 1}',
    'model.onnx': '',
    'requirements.txt': await readFile(join(EXAMPLE, 'as-it-is/requirements.txt'), 'utf8'),
    'broken.joblib': 'no pickle',
    'rows.csv': 'tenure,charges,contract\n1,2,one year\n',
    'words.csv': 'tenure,charges,contract,payment\nmany,2,one year,card\n',
  })
  await mkdir(join(folder, 'empty'))
  const refuse = async (name: string, exit: number, pattern: RegExp) => {
    const { code, stderr } = await run('convert', join(folder, name))
    assert.equal(code, exit, stderr)
    assert.match(stderr, pattern)
  }
  await refuse('nowhere.joblib', 3, /there is no file/)
  await refuse('weights.pth', 1, /holds weights .* convert file\.py:function/)
  await refuse('words.json', 1, /is no model that is known/)
  await refuse('model.onnx', 1, /is ONNX already/)
  await refuse('empty', 1, /is a folder and no SavedModel/)
  await refuse('broken.joblib', 1, /broken\.joblib could not be opened/)
  const model = join(EXAMPLE, 'as-it-is/model.joblib')
  const lacking = await run('convert', model, '--data', join(folder, 'rows.csv'), '--dry-run')
  assert.match(lacking.stderr, /rows\.csv has no column "payment"; the model takes tenure, charges, contract, payment/)
  const words = await run('convert', model, '--data', join(folder, 'words.csv'), '--dry-run')
  assert.match(words.stderr, /row 1, column "tenure": "many" is no number/)
})
