import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { isLocked, withLock } from '../../src/environments/lock.ts'
import { isPresent, leaveSign } from '../../src/environments/presence.ts'
import { fakeClock } from '../support/clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Of no process: Linux numbers them below 2^22. */
const NOBODY = 2 ** 22 + 1

const agedBy = async (path: string, ms: number) => {
  const then = new Date(Date.now() - ms)
  await utimes(path, then, then)
}

test('two of one process take turns', async () => {
  const path = join(await temporaryFolder(), 'a.lock')
  const seen: string[] = []
  const turn = (name: string) =>
    withLock(path, systemClock, async () => {
      seen.push(`${name} in`)
      await systemClock.sleep(30)
      seen.push(`${name} out`)
    })
  await Promise.all([turn('a'), turn('b'), turn('c')])
  assert.deepEqual(
    seen.map((one) => one.slice(2)),
    ['in', 'out', 'in', 'out', 'in', 'out'],
  )
  assert.equal(await isLocked(path, systemClock), false)
})

test('it is free again after work that fails', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'a.lock')
  await assert.rejects(
    withLock(path, systemClock, () => Promise.reject(new Error('no'))),
    /^Error: no$/,
  )
  assert.deepEqual(await readdir(folder), [])
})

test('who waits can be told to stop', async () => {
  const path = join(await temporaryFolder(), 'a.lock')
  const held = Promise.withResolvers<void>()
  const holder = withLock(path, systemClock, () => held.promise)
  const reason = new Error('told to stop')
  await assert.rejects(
    withLock(path, systemClock, async () => assert.fail('it got in'), AbortSignal.abort(reason)),
    reason,
  )
  held.resolve()
  await holder
})

test('a dead holder’s lock is taken over at once, by one of many', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'a.lock')
  const sign = join(path, 'holder')
  await mkdir(path)
  const forget = await leaveSign(sign, systemClock)
  await forget()
  await leaveSign(sign, fakeClock())
  const { at } = JSON.parse(await readFile(sign, 'utf8')) as { at: string }
  await writeFile(sign, JSON.stringify({ at, pid: NOBODY }))
  assert.equal(await isLocked(path, systemClock), false)
  let inside = 0
  const turn = () =>
    withLock(path, systemClock, async () => {
      assert.equal(++inside, 1)
      await systemClock.sleep(5)
      inside--
    })
  const began = Date.now()
  await Promise.all(Array.from({ length: 8 }, turn))
  assert.ok(Date.now() - began < 10_000)
})

test('a process id that came again does not hold what was not renewed', async () => {
  const path = join(await temporaryFolder(), 'sign')
  // The clock stands, so that it is never renewed.
  await leaveSign(path, fakeClock())
  assert.equal(await isPresent(path, systemClock), true)
  await agedBy(path, 61_000)
  assert.equal(await isPresent(path, systemClock), false)
})

test('a sign of another machine holds while it is renewed', async () => {
  const path = join(await temporaryFolder(), 'sign')
  await writeFile(path, JSON.stringify({ at: 'another machine', pid: NOBODY }))
  assert.equal(await isPresent(path, systemClock), true)
  await agedBy(path, 61_000)
  assert.equal(await isPresent(path, systemClock), false)
})

test('a holder’s sign is renewed while it works', async () => {
  const path = join(await temporaryFolder(), 'sign')
  const clock = fakeClock(Date.now())
  await leaveSign(path, clock)
  await agedBy(path, 120_000)
  await clock.advance(6000)
  await systemClock.sleep(50)
  assert.equal(await isPresent(path, clock), true)
})

test('a lock that was left while it was made goes by its age', async () => {
  const path = join(await temporaryFolder(), 'a.lock')
  await mkdir(path)
  assert.equal(await isLocked(path, systemClock), true)
  await agedBy(path, 6000)
  assert.equal(await isLocked(path, systemClock), false)
})
