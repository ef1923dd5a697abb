import { test } from 'node:test'
import { assertRefused, readAlone } from '../support/refused.ts'
import { type TinyFunction, tinyModel } from '../support/tiny-onnx.ts'

/** A function of domain `own` that calls these others in turn. */
function calling(name: string, ...called: readonly string[]): TinyFunction {
  const nodes = called.map((op) => ({ op, domain: 'own', inputs: ['a'], outputs: ['b'] }))
  return {
    name,
    domain: 'own',
    inputs: ['a'],
    outputs: ['b'],
    nodes: nodes.length > 0 ? nodes : [{ op: 'Relu', inputs: ['a'], outputs: ['b'] }],
  }
}

function modelOf(functions: readonly TinyFunction[]): Uint8Array {
  const x = { name: 'x', shape: ['N'] }
  const first = functions[0]?.name ?? ''
  return tinyModel({
    inputs: [x],
    outputs: [{ name: 'y', shape: ['N'] }],
    nodes: [{ op: first, domain: 'own', inputs: ['x'], outputs: ['y'] }],
    functions,
    opsets: { own: 1 },
  })
}

test('a function of the file is an operator like any other', async () => {
  await readAlone(modelOf([calling('f', 'g', 'g'), calling('g')]))
})

test('a function that calls itself is refused', () => assertRefused(modelOf([calling('f', 'f')]), /"f" calls itself/))

test('functions that call each other in a ring are refused, also where the graph does not call them', () =>
  assertRefused(modelOf([calling('f'), calling('g', 'h'), calling('h', 'i'), calling('i', 'g')]), /calls itself/))

test('a function that calls itself inside a subgraph is refused', () => {
  const branch = { nodes: [{ op: 'f', domain: 'own', inputs: ['a'], outputs: ['b'] }], outputs: [{ name: 'b' }] }
  const body = [{ op: 'If', inputs: ['a'], outputs: ['b'], attributes: { then_branch: { graph: branch } } }]
  return assertRefused(modelOf([{ name: 'f', domain: 'own', inputs: ['a'], outputs: ['b'], nodes: body }]), /calls itself/)
})

test('calls that double at each step are refused before they are written out', () => {
  const functions = Array.from({ length: 40 }, (_, index) => calling(`f${index}`, `f${index + 1}`, `f${index + 1}`))
  return assertRefused(modelOf([...functions, calling('f40')]), /written out, are more than 1000000 nodes/)
})

test('a chain of calls that is too deep is refused whichever end is defined first', async () => {
  const chain = Array.from({ length: 1000 }, (_, index) => calling(`f${index}`, `f${index + 1}`))
  await assertRefused(modelOf([...chain, calling('f1000')]), /more than 64 deep/)
  await assertRefused(modelOf([calling('f1000'), ...chain.reverse()]), /more than 64 deep/)
})

test('a function that is defined twice is refused', () => assertRefused(modelOf([calling('f'), calling('f')]), /defined twice/))

test('functions that differ in their overload are two', async () => {
  await readAlone(modelOf([calling('f'), { ...calling('f'), overload: 'second' }]))
})
