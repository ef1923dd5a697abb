import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAdmission } from '../../src/serving/admission.ts'
import { createDataPlane, type RouteTable } from '../../src/serving/data-plane.ts'
import type { Revision } from '../../src/serving/revision.ts'

const revision = (version: string) => ({ model: 'digits', version }) as Revision

function table(...versions: readonly string[]): RouteTable {
  const all = new Map(versions.map((version) => [version, revision(version)]))
  return new Map([['digits', { name: 'digits', serving: [...all.values()].at(-1) as Revision, versions: all }]])
}

test('the newest version answers unless another is pinned', () => {
  const plane = createDataPlane(() => undefined)
  plane.apply(table('1', '2'))
  assert.equal(plane.revision('digits', undefined).version, '2')
  assert.equal(plane.revision('digits', '1').version, '1')
})

test('an unknown model or version is refused with those that are loaded', () => {
  const plane = createDataPlane(() => undefined)
  assert.throws(() => plane.revision('digits', undefined), { code: 'NOT_FOUND', message: /no model "digits"; loaded are: none/ })
  plane.apply(table('1', '2'))
  assert.throws(() => plane.revision('__proto__', undefined), { code: 'NOT_FOUND', message: /loaded are: digits/ })
  assert.throws(() => plane.revision('digits', '3'), { code: 'NOT_FOUND', message: /no loaded version "3"; loaded are: 1, 2/ })
})

test('a list of many models is cut', () => {
  const plane = createDataPlane(() => undefined)
  const [endpoint] = table('1').values()
  plane.apply(new Map(Array.from({ length: 50 }, (_, index) => [`m${index}`, endpoint as NonNullable<typeof endpoint>])))
  assert.throws(() => plane.revision('x', undefined), /and 30 more/)
})

test('admission bounds the bodies held at once, gives back once, and always lets a single one in', () => {
  const admission = createAdmission({ inFlightBytes: 100 })
  const leaveLarge = admission.enter(150)
  assert.throws(() => admission.enter(1), { code: 'UNAVAILABLE', message: /limits.inFlightBytes is 100/ })
  leaveLarge()
  leaveLarge()
  assert.equal(admission.bytesInFlight, 0)
  const leave = [admission.enter(50), admission.enter(50)]
  assert.throws(() => admission.enter(1))
  for (const one of leave) one()
  assert.equal(admission.bytesInFlight, 0)
})

test('a model that is known but does not answer is told apart from one that is not', () => {
  const plane = createDataPlane((model) => (model === 'digits' ? 'could not be loaded: version 1: truncated' : undefined))
  assert.throws(() => plane.revision('digits', undefined), {
    code: 'UNAVAILABLE',
    message: 'model "digits" could not be loaded: version 1: truncated',
  })
  assert.throws(() => plane.revision('other', undefined), { code: 'NOT_FOUND' })
  plane.apply(table('1'))
  assert.equal(plane.revision('digits', undefined).version, '1')
})
