import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lanes } from '../../src/rollouts/lanes.ts'

test('a name is never run twice at once, and once more for all who asked meanwhile', async () => {
  const ran: string[] = []
  const busy = new Set<string>()
  const first = Promise.withResolvers<void>()
  const lanes = new Lanes(async (name) => {
    assert.ok(!busy.has(name))
    busy.add(name)
    ran.push(name)
    if (ran.length === 1) await first.promise
    busy.delete(name)
  })
  const asked = [lanes.run('a')]
  await Promise.resolve()
  asked.push(lanes.run('a'), lanes.run('a'))
  await lanes.run('b')
  assert.deepEqual(ran, ['a', 'b'], 'b does not wait for a')
  first.resolve()
  await Promise.all(asked)
  assert.deepEqual(ran, ['a', 'b', 'a'])
  await lanes.idle()
})

test('a run that fails is told to who waited, and the next one runs', async () => {
  let fails = true
  const lanes = new Lanes(async () => {
    if (fails) throw new Error('no')
  })
  await assert.rejects(lanes.run('a'), /no/)
  fails = false
  await lanes.run('a')
})
