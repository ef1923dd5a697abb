import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAlone } from '../support/refused.ts'
import { run } from '../support/session.ts'
import { type TinyNode, tinyModel } from '../support/tiny-onnx.ts'

function lowering(locale?: string): Uint8Array {
  const attributes = { case_change_action: { text: 'LOWER' }, ...(locale === undefined ? {} : { locale: { text: locale } }) }
  const node: TinyNode = { op: 'StringNormalizer', inputs: ['x'], outputs: ['y'], attributes }
  return tinyModel({
    inputs: [{ name: 'x', elemType: 8, shape: ['N'] }],
    outputs: [{ name: 'y', elemType: 8, shape: ['N'] }],
    nodes: [node],
  })
}

for (const given of [undefined, 'en_US', 'en_US.UTF-8'])
  test(`text is lowered without the files of a locale when the model asks for ${given ?? 'none'}`, async () => {
    const model = await readAlone(lowering(given), { textLocale: 'C' })
    assert.match(model.rewrites.join(), /by the locale C instead/)
    const outputs = await run(model.rewritten as Uint8Array, model, { x: { shape: [2], data: ['The Cat', 'SAT'] } })
    assert.deepEqual(outputs, { y: { shape: [2], data: ['the cat', 'sat'] } })
  })

test('a locale that the author chose stays, and without the option every file does', async () => {
  assert.equal((await readAlone(lowering('tr_TR.UTF-8'), { textLocale: 'C' })).rewritten, undefined)
  assert.equal((await readAlone(lowering())).rewritten, undefined)
})
