import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { slipway } from '../cli/run-command.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const IRIS = join(import.meta.dirname, '../../../../examples/models/iris')

async function changedIris(folder: string): Promise<string> {
  await cp(IRIS, folder, { recursive: true })
  const path = join(folder, 'examples/setosa.json')
  const example = JSON.parse(await readFile(path, 'utf8'))
  const scores = example.response.outputs.find(({ datatype }: { datatype: string }) => datatype === 'FP32')
  scores.data[0] = 0.25
  await writeFile(path, JSON.stringify(example))
  return folder
}

test('a version that answers an example otherwise than it says is refused, naming example, output and values', async () => {
  const folder = await changedIris(join(await temporaryFolder(), 'iris'))
  const { code, stdout } = await slipway(['inspect', folder])
  assert.equal(code, 1)
  assert.match(
    stdout,
    /It cannot be served: its answers are not those of its examples: example "setosa": output "output_probability" differs/,
  )
  assert.match(stdout, /for 0\.25/)
  await writeFile(join(folder, 'model.yaml'), `golden: warn\n${await readFile(join(folder, 'model.yaml'), 'utf8')}`)
  assert.equal((await slipway(['inspect', folder])).code, 0)
})

test('slipway parity: the same model agrees, another does not, and --json says it all', async () => {
  const folder = await temporaryFolder()
  await cp(IRIS, join(folder, 'iris'), { recursive: true })
  const same = await slipway(['parity', IRIS, join(folder, 'iris'), '--json'])
  assert.equal(same.code, 0, same.stderr)
  const said = JSON.parse(same.stdout)
  assert.equal(said.agrees, true)
  assert.ok(said.rows >= 200)
  assert.deepEqual(
    said.outputs.map(({ maxDifference }: { maxDifference: number }) => maxDifference),
    [0, 0],
  )
  const data = join(folder, 'rows.csv')
  await writeFile(data, 'sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5.1,3.5,1.4,0.2\n6.7,3.1,4.7,1.5\n')
  const other = await slipway(['parity', IRIS, join(IRIS, '../digits'), '--data', data])
  assert.notEqual(other.code, 0)
  const missing = await slipway(['parity', IRIS, join(folder, 'nowhere')])
  assert.equal(missing.code, 3)
})
