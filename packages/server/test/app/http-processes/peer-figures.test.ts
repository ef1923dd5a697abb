import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sumOfFigures } from '../../../src/app/http-processes/peer-figures.ts'

test('figures of several processes are added, and one that runs is enough to be running', () => {
  const first = { asked: 3, queueRows: 1, running: false, kept: { bytes: 100, entries: 2, evictions: 1 } }
  const second = { asked: 4, queueRows: 2, running: true, kept: { bytes: 50, entries: 1, evictions: 5 } }
  assert.deepEqual(sumOfFigures([first, second]), {
    asked: 7,
    queueRows: 3,
    running: true,
    kept: { bytes: 150, entries: 3, evictions: 6 },
  })
  assert.equal(sumOfFigures([first, first]).running, false)
  assert.deepEqual(sumOfFigures([]), { asked: 0, queueRows: 0, running: false, kept: { bytes: 0, entries: 0, evictions: 0 } })
})
