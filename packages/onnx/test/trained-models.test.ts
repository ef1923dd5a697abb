/** Models as people train them, read and rewritten here, answer in the real runtime what they answered in Python. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesSource, type Folder, readOnnx } from '../src/main.ts'
import { run, type Values } from './support/session.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')

interface Golden extends Values {
  readonly labels?: readonly string[]
  readonly list?: readonly Values[]
}

interface Facts {
  readonly irVersion: number
  readonly opsets: Readonly<Record<string, number>>
  readonly operators: Readonly<Record<string, number>>
  readonly parameters: number
  readonly inputs: Readonly<Record<string, Values>>
  readonly outputs: Readonly<Record<string, Golden>>
}

const folder: Folder = { open: async (path) => bytesSource(readFileSync(join(FIXTURES, path))) }
const names = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.slice(0, -'.onnx'.length))

/** Outputs by the names that they are served under: a list of tensors is served one by one. */
function goldenOutputs(facts: Facts): Map<string, Golden> {
  const outputs = new Map<string, Golden>()
  for (const [name, golden] of Object.entries(facts.outputs))
    if (golden.list === undefined) outputs.set(name, golden)
    else for (const [index, each] of golden.list.entries()) outputs.set(`${name}_${index}`, each)
  return outputs
}

function assertClose(actual: Values, expected: Values): void {
  assert.deepEqual(actual.shape, expected.shape)
  for (const [index, value] of expected.data.entries()) {
    const got = actual.data[index]
    if (typeof value === 'string') assert.equal(got, value)
    else assert.ok(Math.abs(Number(got) - value) <= 1e-5, `element ${index}: ${got} instead of ${value}`)
  }
}

assert.ok(names.length >= 14, 'the trained models are missing')
for (const name of names) {
  const path = join(FIXTURES, `${name}.onnx`)
  const facts = JSON.parse(readFileSync(join(FIXTURES, `${name}.golden.json`), 'utf8')) as Facts

  test(`${name}: what is read of the file is what the onnx package says`, async () => {
    const model = await readOnnx(bytesSource(readFileSync(path)), folder)
    assert.equal(model.irVersion, facts.irVersion)
    assert.deepEqual(Object.fromEntries(model.opsets.map(({ domain, version }) => [domain, version])), facts.opsets)
    assert.equal(model.signature.inputs.map((input) => input.name).join(), Object.keys(facts.inputs).join())
    if (name !== 'neighbours') {
      // Those of neighbours are also inside its Scan node, where Python was not told to look.
      assert.deepEqual(Object.fromEntries(model.operators.map((use) => [`${use.domain}:${use.name}`, use.count])), facts.operators)
      assert.equal(model.parameters, facts.parameters)
    }
  })

  test(`${name}: answers as in Python, with the labels beside the scores`, async () => {
    const model = await readOnnx(bytesSource(readFileSync(path)), folder, { textLocale: 'C' })
    const answers = await run(model.rewritten ?? path, model, facts.inputs)
    const golden = goldenOutputs(facts)
    assert.deepEqual(Object.keys(answers), [...golden.keys()])
    for (const [output, expected] of golden) {
      assertClose(answers[output] as Values, expected)
      if (expected.labels !== undefined) assert.deepEqual(model.labels.get(output), expected.labels)
    }
  })
}
