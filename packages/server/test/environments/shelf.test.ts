import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { withLock } from '../../src/environments/lock.ts'
import type { About } from '../../src/environments/shelf.ts'
import { leaveUse, listEnvironments, listLeftovers, lockOf, removeEnvironment, removeLeftover } from '../../src/environments/shelf.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ONE = '0123456789abcdef'
const OTHER = 'fedcba9876543210'

function put(folder: string, id: string, finished: 'finished' | 'half-made'): string {
  const place = join(folder, id)
  mkdirSync(join(place, 'venv', 'bin'), { recursive: true })
  writeFileSync(join(place, 'venv', 'bin', 'python'), '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(join(place, 'venv', 'big'), new Uint8Array(5000))
  const about: About = { id, pythonVersion: '3.11.7', packages: [], builtAt: '2026-01-01T00:00:00Z', source: '', requirements: ['numpy'] }
  if (finished === 'finished') writeFileSync(join(place, 'environment.json'), JSON.stringify(about))
  return place
}

test('finished ones are listed with their size and whether they are open', async () => {
  const folder = await temporaryFolder()
  const place = put(folder, ONE, 'finished')
  put(folder, OTHER, 'half-made')
  writeFileSync(join(folder, 'note.txt'), '')
  const [one, ...others] = await listEnvironments(folder, systemClock)
  assert.deepEqual(others, [])
  assert.deepEqual([one?.id, one?.inUse], [ONE, false])
  assert.ok((one?.sizeBytes ?? 0) >= 5000 && (one?.sizeBytes ?? 0) < 6000, `${one?.sizeBytes}`)
  const forget = await leaveUse(place, systemClock)
  assert.equal((await listEnvironments(folder, systemClock))[0]?.inUse, true)
  await forget()
  assert.equal((await listEnvironments(folder, systemClock))[0]?.inUse, false)
})

test('a folder that does not exist holds none', async () => {
  const folder = join(await temporaryFolder(), 'none')
  assert.deepEqual([await listEnvironments(folder, systemClock), await listLeftovers(folder, systemClock)], [[], []])
})

test('one that a process has open stays where it is', async () => {
  const folder = await temporaryFolder()
  const place = put(folder, ONE, 'finished')
  const forget = await leaveUse(place, systemClock)
  await assert.rejects(removeEnvironment(folder, ONE, systemClock), /environment 0123456789abcdef is open in a running process/)
  assert.equal(existsSync(join(place, 'environment.json')), true)
  await forget()
  await removeEnvironment(folder, ONE, systemClock)
  assert.deepEqual(readdirSync(folder), [])
})

test('one that is being built is neither removed nor left over', async () => {
  const folder = await temporaryFolder()
  put(folder, ONE, 'half-made')
  await withLock(lockOf(folder, ONE), systemClock, async () => {
    await assert.rejects(removeEnvironment(folder, ONE, systemClock), /environment 0123456789abcdef is being built/)
    assert.deepEqual(await listLeftovers(folder, systemClock), [])
  })
  assert.deepEqual(
    (await listLeftovers(folder, systemClock)).map(({ name }) => name),
    [ONE],
  )
})

test('leftovers are half-made folders, removals that were cut and locks of the dead; nothing else in the folder is touched', async () => {
  const folder = await temporaryFolder()
  put(folder, ONE, 'finished')
  put(folder, OTHER, 'half-made')
  put(folder, `${OTHER}.removed`, 'finished')
  writeFileSync(join(folder, 'note.txt'), 'mine')
  mkdirSync(join(folder, 'models'))
  for (const one of await listLeftovers(folder, systemClock)) await removeLeftover(folder, one)
  assert.deepEqual(readdirSync(folder).sort(), [ONE, 'models', 'note.txt'])
})

test('only an id is removed', async () => {
  const folder = await temporaryFolder()
  for (const bad of ['..', '', 'models', '0123', '../0123456789abcdef'])
    await assert.rejects(removeEnvironment(folder, bad, systemClock), /is no id of an environment/)
})
