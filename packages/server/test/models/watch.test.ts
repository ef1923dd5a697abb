import assert from 'node:assert/strict'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Found, findPackages } from '../../src/models/repository.ts'
import { createSettling, type WatchOptions, watch } from '../../src/models/watch.ts'
import { fakeClock } from '../support/clock.ts'
import { folderWith } from '../support/temporary-folder.ts'

const versionsOf = (found: readonly Found[]) =>
  found.map(({ name, versions }) => `${name}: ${versions.map(({ version }) => version).join(' ')}`)

describe('what counts as there', () => {
  const look = async (folder: string) => findPackages([folder])

  test('a new version counts once two looks saw the same of it', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': 'x' })
    const settle = createSettling(await look(folder))
    await mkdir(join(folder, 'a/2'))
    await writeFile(join(folder, 'a/2/model.onnx'), 'half')
    assert.deepEqual(versionsOf(settle(await look(folder))), ['a: 1'])
    await writeFile(join(folder, 'a/2/model.onnx'), 'whole file')
    assert.deepEqual(versionsOf(settle(await look(folder))), ['a: 1'])
    assert.deepEqual(versionsOf(settle(await look(folder))), ['a: 2'])
  })

  test('a changed file is the old version until it has settled', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': 'x' })
    const known = await look(folder)
    const settle = createSettling(known)
    await writeFile(join(folder, 'a/1/model.onnx'), 'longer')
    assert.equal(settle(await look(folder))[0]?.versions[0]?.fingerprint, known[0]?.versions[0]?.fingerprint)
    assert.notEqual(settle(await look(folder))[0]?.versions[0]?.fingerprint, known[0]?.versions[0]?.fingerprint)
  })

  test('a version that vanishes for one look was only being replaced', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': 'x', 'b/1/model.onnx': 'x' })
    const settle = createSettling(await look(folder))
    await rename(join(folder, 'a'), join(folder, '.a'))
    assert.deepEqual(versionsOf(settle(await look(folder))), ['a: 1', 'b: 1'])
    await rename(join(folder, '.a'), join(folder, 'a'))
    assert.deepEqual(versionsOf(settle(await look(folder))), ['a: 1', 'b: 1'])
    await rm(join(folder, 'a'), { recursive: true })
    settle(await look(folder))
    assert.deepEqual(versionsOf(settle(await look(folder))), ['b: 1'])
  })

  test('while a manifest is broken its policy stays', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': 'x', 'a/2/model.onnx': 'x', 'a/model.yaml': 'versions: all' })
    const settle = createSettling(await look(folder))
    await writeFile(join(folder, 'a/model.yaml'), 'versions: [')
    settle(await look(folder))
    assert.deepEqual(versionsOf(settle(await look(folder))), ['a: 1 2'])
    await writeFile(join(folder, 'a/model.yaml'), 'versions: latest(1)')
    settle(await look(folder))
    assert.deepEqual(versionsOf(settle(await look(folder))), ['a: 2'])
  })
})

describe('watching', () => {
  /** Waits for the next call, each with what it was given. */
  const calls = <T>() => {
    const queue: T[] = []
    let wake = () => {}
    return {
      push: (value: T) => {
        queue.push(value)
        wake()
      },
      next: async (): Promise<T> => {
        while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve))
        return queue.shift() as T
      },
      get size() {
        return queue.length
      },
    }
  }

  /** A clock whose sleeper wakes when the test says, and which tells when it sleeps again: the look in between is over then. */
  const steppedClock = () => {
    const sleeps = calls<() => void>()
    const clock = {
      ...fakeClock(),
      sleep: (_: number, signal?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason))
          sleeps.push(resolve)
        }),
    }
    let wake = () => {}
    return {
      clock,
      asleep: async () => {
        wake = await sleeps.next()
      },
      look: async () => {
        wake()
        wake = await sleeps.next()
      },
    }
  }

  const start = async (folder: string, options: Partial<WatchOptions> = {}) => {
    const stepped = steppedClock()
    const changes: string[][] = []
    const problems: unknown[] = []
    const watching = watch([folder], {
      clock: stepped.clock,
      pollMs: 1000,
      known: await findPackages([folder]),
      onChange: (found) => void changes.push(versionsOf(found)),
      onProblem: (error) => void problems.push(error),
      ...options,
    })
    await stepped.asleep()
    return { watching, changes, problems, look: stepped.look }
  }

  test('tells of a change once, after it has settled, and of nothing else', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': 'x' })
    const { watching, changes, look } = await start(folder)
    await look()
    assert.deepEqual(changes, [])
    await mkdir(join(folder, 'a/2'))
    await writeFile(join(folder, 'a/2/model.onnx'), 'x')
    await look()
    assert.deepEqual(changes, [])
    await look()
    await look()
    assert.deepEqual(changes, [['a: 2']])
    await watching.stop()
  })

  test('a look that fails changes nothing and is told once', async () => {
    const folder = await folderWith({ 'models/a/1/model.onnx': 'x' })
    const { watching, changes, problems, look } = await start(join(folder, 'models'))
    await rename(join(folder, 'models'), join(folder, 'unmounted'))
    for (let turn = 0; turn < 3; turn++) await look()
    assert.equal(problems.length, 1)
    assert.match(String(problems[0]), /does not exist/)
    await rename(join(folder, 'unmounted'), join(folder, 'models'))
    for (let turn = 0; turn < 3; turn++) await look()
    assert.deepEqual(changes, [])
    await watching.stop()
  })

  test('what onChange throws is a problem, not the end of watching', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': 'x' })
    let turns = 0
    const { watching, problems, look } = await start(folder, {
      onChange: () => {
        turns += 1
        throw new Error('no room')
      },
    })
    for (const version of ['2', '3']) {
      await mkdir(join(folder, 'a', version))
      await writeFile(join(folder, 'a', version, 'model.onnx'), 'x')
      await look()
      await look()
    }
    assert.equal(turns, 2)
    assert.match(String(problems[0]), /no room/)
    await watching.stop()
  })

  test('0 never looks', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': 'x' })
    const clock = { ...fakeClock(), sleep: () => assert.fail('it slept') }
    const watching = watch([folder], { clock, pollMs: 0, known: [], onChange: () => assert.fail(), onProblem: () => assert.fail() })
    await watching.stop()
  })
})
