import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCpu } from '../../src/base/cpu.ts'

const thread = (core: number, socket = 0) => `model name\t: Some CPU\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n`

test('two threads of one core are one core', () => {
  assert.deepEqual(readCpu([0, 1, 0, 1].map((core) => thread(core)).join('\n'), 4), { model: 'Some CPU', cores: 2 })
  assert.equal(readCpu([thread(0, 0), thread(0, 1)].join('\n'), 4).cores, 2)
})

test('never more cores than this process may use, and as many where the system does not tell', () => {
  assert.equal(readCpu([0, 1, 2, 3].map((core) => thread(core)).join('\n'), 2).cores, 2)
  assert.equal(readCpu('', 3).cores, 3)
})
