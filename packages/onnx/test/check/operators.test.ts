import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused, readAlone } from '../support/refused.ts'
import { type TinyModel, type TinyNode, tinyModel } from '../support/tiny-onnx.ts'

function modelOf(node: TinyNode, more: TinyModel = {}): Uint8Array {
  return tinyModel({
    inputs: [{ name: 'x', shape: ['N'] }],
    outputs: [{ name: 'y', shape: ['N'] }],
    nodes: [{ inputs: ['x'], outputs: ['y'], ...node }],
    ...more,
  })
}

test('operators are counted by domain and name, in subgraphs and functions too', async () => {
  const branch = { nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['a'] }], outputs: [{ name: 'a' }] }
  const bytes = tinyModel({
    inputs: [{ name: 'x', shape: ['N'] }],
    outputs: [{ name: 'y', shape: ['N'] }],
    nodes: [
      { op: 'Relu', inputs: ['x'], outputs: ['r'] },
      { op: 'f', domain: 'own', inputs: ['r'], outputs: ['s'] },
      { op: 'If', inputs: ['s'], outputs: ['y'], attributes: { then_branch: { graph: branch }, else_branch: { graph: branch } } },
    ],
    functions: [
      {
        name: 'f',
        domain: 'own',
        inputs: ['a'],
        outputs: ['b'],
        nodes: [{ op: 'Relu', domain: 'ai.onnx', inputs: ['a'], outputs: ['b'] }],
      },
    ],
    opsets: { own: 1 },
  })
  assert.deepEqual((await readAlone(bytes)).operators, [
    { domain: '', name: 'If', count: 1 },
    { domain: '', name: 'Relu', count: 4 },
    { domain: 'own', name: 'f', count: 1 },
  ])
})

test('an operator of an unknown domain is refused with its name and domain', () =>
  assertRefused(
    modelOf({ op: 'Steal', domain: 'evil.corp', name: 'n1' }, { opsets: { 'evil.corp': 1 } }),
    /"Steal" of domain "evil\.corp" \(node "n1"\)/,
  ))

test('an operator of a known domain that the file does not import is refused', () =>
  assertRefused(modelOf({ op: 'Scaler', domain: 'ai.onnx.ml' }), /"Scaler" is of ai\.onnx\.ml, of which the file imports no opset/))

test('code compiled for a device is refused', () =>
  assertRefused(modelOf({ op: 'EPContext', domain: 'com.microsoft' }, { opsets: { 'com.microsoft': 1 } }), /EPContext/))

test('a node without an operator is refused', () => assertRefused(modelOf({ op: '' }), /names no operator/))

test('an unused import of an unknown domain does no harm', async () => {
  await readAlone(modelOf({ op: 'Relu' }, { opsets: { 'pkg.torch': 7 } }))
})

const VERSIONS: readonly (readonly [string, TinyModel, RegExp])[] = [
  ['IR version 15', { irVersion: 15 }, /IR version 15; ONNX Runtime .* up to 13/],
  ['IR version 0', { irVersion: 0 }, /no IR version/],
  ['opset 29', { opset: 29 }, /opset 29 of ai\.onnx; ONNX Runtime .* up to 26/],
  ['opset 0', { opset: 0 }, /opsets start at 1/],
  ['ai.onnx.ml 6', { opsets: { 'ai.onnx.ml': 6 } }, /opset 6 of ai\.onnx\.ml/],
]
for (const [name, part, says] of VERSIONS) test(`${name} is refused`, () => assertRefused(modelOf({ op: 'Relu' }, part), says))
