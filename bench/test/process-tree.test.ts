import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { endBearers, processorMs, processTree, proportionalSetSize } from '../process-tree.ts'

const SPINNER = 'const until = Date.now() + 200; while (Date.now() < until); console.log("spun"); setInterval(() => {}, 1000)'

test('a tree holds a process and what it started, tells their memory and processor time, and all who bear its mark are ended', async () => {
  const script = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(SPINNER)}], { stdio: 'inherit' })`
  const value = `tree-${process.pid}`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TREE_MARK: value } })
  const exited = once(child, 'exit')
  try {
    await once(child.stdout, 'data')
    const members = processTree(child.pid as number)
    assert.equal(members.length, 2)
    assert.ok(proportionalSetSize(members) > 10e6)
    assert.ok(processorMs(members) > processorMs(members.slice(0, 1)))
    endBearers(`TREE_MARK=${value}-other`)
    assert.equal(processTree(child.pid as number).length, 2)
  } finally {
    endBearers(`TREE_MARK=${value}`)
    await exited
  }
  assert.deepEqual(processTree(child.pid as number), [])
})
