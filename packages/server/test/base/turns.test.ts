import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from '../../src/base/turns.ts'

test('no more than a few run at once, all run in the order they came, and a failure gives its place on', async () => {
  const turns = createTurns(2)
  const order: number[] = []
  let running = 0
  let most = 0
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      turns(async () => {
        order.push(index)
        most = Math.max(most, ++running)
        await Promise.resolve()
        running -= 1
        if (index % 3 === 0) throw new Error(`task ${index}`)
        return index
      }),
    ),
  )
  assert.equal(most, 2)
  assert.deepEqual(
    order,
    Array.from({ length: 20 }, (_, index) => index),
  )
  assert.deepEqual(
    results.map(({ status }) => status),
    order.map((index) => (index % 3 === 0 ? 'rejected' : 'fulfilled')),
  )
  assert.equal(await turns(async () => 'free again'), 'free again')
})
