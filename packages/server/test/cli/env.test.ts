import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { needs } from '../../../../scripts/requirement.ts'
import { differencesOf } from '../../src/cli/env/diff.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeWheels } from '../support/wheels.ts'
import { slipway } from './run-command.ts'

// A stand-in for numpy, so that nothing is asked of an index; models are never opened here.
const WHEELS = [
  { name: 'numpy', version: '2.0.0' },
  { name: 'paint', version: '2.5.0' },
  { name: 'paint', version: '2.1.0' },
]

test('a difference is a package that is in one of them alone, or of another version', () => {
  const before = {
    pythonVersion: '3.11.7',
    packages: [
      { name: 'Paint', version: '1' },
      { name: 'left', version: '1' },
      { name: 'a_b', version: '2' },
    ],
  }
  const after = {
    pythonVersion: '3.12.1',
    packages: [
      { name: 'paint', version: '2' },
      { name: 'right', version: '1' },
      { name: 'a-b', version: '2' },
    ],
  }
  assert.deepEqual(differencesOf(before, after), [
    { name: 'Python', before: '3.11.7', after: '3.12.1' },
    { name: 'left', before: '1' },
    { name: 'paint', before: '1', after: '2' },
    { name: 'right', after: '1' },
  ])
})

test('a verb that it does not know, and arguments that do not fit', async () => {
  const ended = await Promise.all([
    slipway(['env', 'lst']),
    slipway(['env', 'show']),
    slipway(['env', 'diff', 'a']),
    slipway(['env', 'prune', '--unused-for', '-1']),
  ])
  assert.deepEqual(
    ended.map(({ code }) => code),
    [2, 2, 2, 2],
  )
  assert.match(ended[0]?.stderr ?? '', /slipway env knows no "lst"; did you mean "list"\?/)
  assert.match(ended[1]?.stderr ?? '', /slipway env show takes ID\|PATH, got none/)
  assert.match(ended[2]?.stderr ?? '', /slipway env diff takes ID\|PATH ID\|PATH, got "a"/)
  assert.match(ended[3]?.stderr ?? '', /--unused-for must be 0 or more days, got -1/)
})

const home = await temporaryFolder()

describe('environments of two projects', needs('python', 'linux'), () => {
  const run = (...args: string[]) => slipway(['env', ...args], { cwd: home })
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
  const project = async (name: string, ...lines: readonly string[]) => {
    await mkdir(join(home, name))
    await writeFile(join(home, name, 'model.py'), 'def predict(x: float) -> float:\n    return x\n')
    await writeFile(join(home, name, 'requirements.txt'), `${lines.join('\n')}\n`)
  }
  const build = async (name: string) => {
    // Its model cannot be opened for want of the true numpy; the environment is there by then.
    await slipway(['inspect', join(home, name)], { cwd: home })
  }

  before(async () => {
    const options = writeWheels(home, WHEELS)
    await project('old', ...options, 'paint<2.4')
    await project('new', ...options, 'paint')
    await project('unbuilt', ...options, 'paint', 'numpy==2.0.0')
    await Promise.all([build('old'), build('new')])
  })

  test('list says what is built, for whom, and what is not yet', async () => {
    const { stdout, code } = await run('list', home)
    assert.equal(code, 0)
    assert.match(stdout, /^[0-9a-f]{16} {2}3\.\d+\.\d+ +2 +[\d.]+ MB +\S+ +\S* *old +paint<2\.4, numpy$/m)
    assert.match(stdout, /^[0-9a-f]{16} of unbuilt, version 1, is not built yet\.$/m)
    const told = await json('list', home)
    assert.deepEqual(told.environments.map((one: { models: string[] }) => one.models).sort(), [['new'], ['old']])
    assert.deepEqual(
      told.notBuilt.map((one: { model: string }) => one.model),
      ['unbuilt'],
    )
  })

  test('show names one by path, by id and by the beginning of one', async () => {
    const { id, packages, lock } = await json('show', join(home, 'old'))
    assert.deepEqual(packages, [
      { name: 'numpy', version: '2.0.0' },
      { name: 'paint', version: '2.1.0' },
    ])
    assert.equal(existsSync(lock), true)
    assert.equal((await json('show', id)).id, id)
    assert.equal((await json('show', id.slice(0, 8))).id, id)
    assert.match((await run('show', id)).stdout, /^paint {4}2\.1\.0$/m)
  })

  test('show of what is not there, not built, or no Python project', async () => {
    const unknown = await run('show', 'aaaaaaaaaaaaaaaa')
    assert.equal(unknown.code, 3)
    assert.match(unknown.stderr, /there is no environment "aaaaaaaaaaaaaaaa" in .*; slipway env list shows those there are/)
    const unbuilt = await run('show', join(home, 'unbuilt'))
    assert.equal(unbuilt.code, 1)
    assert.match(unbuilt.stderr, /is not built yet; slipway inspect .*unbuilt builds it/)
    const several = await run('show', home)
    assert.equal(several.code, 2)
    assert.match(several.stderr, /needs several environments; name one: [0-9a-f]{16} \(new 1\), /)
  })

  test('diff', async () => {
    const { differences } = await json('diff', join(home, 'old'), join(home, 'new'))
    assert.deepEqual(differences, [{ name: 'paint', before: '2.1.0', after: '2.5.0' }])
    assert.match((await run('diff', join(home, 'old'), join(home, 'old'))).stdout, /^Both are [0-9a-f]{16}\.$/m)
  })

  test('prune keeps what models use, asks when none is named, and says what it frees', async () => {
    const unnamed = await run('prune')
    assert.equal(unnamed.code, 2)
    assert.match(unnamed.stderr, /no model is named whose environment is kept/)
    const { id: old } = await json('show', join(home, 'old'))
    const dry = await json('prune', join(home, 'new'), '--dry-run')
    assert.deepEqual(
      dry.removed.map((one: { id: string }) => one.id),
      [old],
    )
    assert.equal((await json('list', home)).environments.length, 2)
    assert.match((await run('prune', join(home, 'new'), '--unused-for', '1')).stdout, /^There is nothing to remove\.$/m)
    assert.match((await run('prune', join(home, 'new'))).stdout, new RegExp(`^Removed ${old} \\([\\d.]+ MB\\)\nFreed [\\d.]+ MB\\.$`, 'm'))
    assert.deepEqual(
      (await json('list', home)).environments.map((one: { models: string[] }) => one.models),
      [['new']],
    )
  })

  test('prune removes nothing while it cannot be told what a model uses', async () => {
    await project('broken', '-e .')
    const ended = await run('prune', home)
    assert.equal(ended.code, 1)
    assert.match(
      ended.stderr,
      /nothing was removed, since it cannot be told which environment broken uses: requirements\.txt: -e cannot be used/,
    )
  })
})
