import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { OPTIONS } from '../../src/config/options.ts'
import { folderWith } from '../support/temporary-folder.ts'

const project = (yaml: string) => folderWith({ 'slipway.yaml': yaml })
const refusal = async (yaml: string, sources: Parameters<typeof loadConfig>[0] = {}): Promise<string> => {
  const folder = await project(yaml)
  let message = ''
  await assert.rejects(loadConfig({ folder, env: {}, ...sources }), (error: Error) => {
    message = error.message
    return true
  })
  return message
}

describe('where settings come from', () => {
  test('without a file, variables or flags every setting has its default', async () => {
    const { config, origins, file } = await loadConfig({ folder: await folderWith({}), env: {} })
    assert.equal(file, undefined)
    assert.equal(config.port, 8080)
    assert.equal(config.host, '127.0.0.1')
    assert.equal(config.insecure, false)
    assert.deepEqual(config.models, [])
    assert.deepEqual(config.limits, {
      deadlineMs: 10_000,
      runMs: 30_000,
      openMs: 300_000,
      maxQueueRows: 1024,
      bodyBytes: 64_000_000,
      memoryBytes: 'auto',
      inFlightBytes: 256_000_000,
    })
    assert.deepEqual(config.batching, { maxRows: 64, maxDelayMs: 0 })
    assert.deepEqual(config.replicas, {
      count: 'auto',
      threads: 'auto',
      isolation: 'process',
      providers: [{ name: 'cpu', options: {} }],
      measure: true,
      planFolder: join(process.cwd(), '.slipway/plans'),
    })
    assert.deepEqual(new Set(origins.values()), new Set(['default']))
    assert.deepEqual(
      [...origins.keys()],
      OPTIONS.map(({ path }) => path),
    )
  })

  test('a flag is stronger than a variable, a variable than the file, the file than the default', async () => {
    const folder = await project('limits: { deadlineMs: 1, runMs: 1, maxQueueRows: 1 }\n')
    const { config, origins } = await loadConfig({
      folder,
      env: { SLIPWAY_LIMITS_RUNMS: '2', SLIPWAY_LIMITS_MAXQUEUEROWS: '2' },
      flags: { 'limits.maxQueueRows': 3, 'log.level': undefined },
    })
    assert.deepEqual([config.limits.deadlineMs, config.limits.runMs, config.limits.maxQueueRows], [1, 2, 3])
    assert.deepEqual(
      ['limits.deadlineMs', 'limits.runMs', 'limits.maxQueueRows', 'limits.bodyBytes', 'log.level'].map((path) => origins.get(path)),
      ['file', 'env', 'flag', 'default', 'default'],
    )
  })

  test('the store lies in the project unless a variable, typed elsewhere, says where', async () => {
    const url = async (yaml: string, env: Record<string, string> = {}) =>
      (await loadConfig({ folder: await project(yaml), env })).config.store.url.replace(/^.*\/slipway-test-[^/]*/, 'project')
    assert.equal(await url(''), 'project/.slipway/slipway.db')
    assert.equal(await url('store: { url: ../data/a.db }'), join(tmpdir(), 'data', 'a.db'))
    assert.equal(await url('', { SLIPWAY_STORE_URL: 'a.db' }), join(process.cwd(), 'a.db'))
    assert.equal(await url('store: { url: "memory:" }'), 'memory:')
    assert.equal((await loadConfig({ folder: await folderWith({}), env: {} })).config.store.url, join(process.cwd(), '.slipway/slipway.db'))
  })

  test('a store of no known kind is refused', async () => {
    for (const url of ['postgres://localhost/db', 'memory:x', 'sqlite:a.db', ''])
      assert.match(await refusal(`store: { url: "${url}" }`), /line 1: store\.url must be the path of a file, or memory:/, url)
  })

  test('models of the file are relative to the file, models of a flag to the current folder', async () => {
    const folder = await project('models: [./models, /elsewhere]\n')
    assert.deepEqual((await loadConfig({ folder, env: {} })).config.models, [join(folder, 'models'), '/elsewhere'])
    assert.deepEqual((await loadConfig({ folder, env: { SLIPWAY_MODELS: 'a, b' } })).config.models, [
      join(process.cwd(), 'a'),
      join(process.cwd(), 'b'),
    ])
    assert.deepEqual((await loadConfig({ folder, env: {}, flags: { models: ['c'] } })).config.models, [join(process.cwd(), 'c')])
  })

  test('variables are read as what the setting takes', async () => {
    const { config } = await loadConfig({
      folder: await folderWith({}),
      env: {
        SLIPWAY_INSECURE: 'true',
        SLIPWAY_ALLOWEDHOSTS: 'a.example.org,b.example.org',
        SLIPWAY_LIMITS_BODYBYTES: '1MiB',
        SLIPWAY_LIMITS_MEMORYBYTES: '1000000',
        SLIPWAY_REPLICAS_COUNT: '3',
        SLIPWAY_REPLICAS_THREADS: 'auto',
        SLIPWAY_LAUNCHER: '1',
        PATH: '/bin',
      },
    })
    assert.equal(config.insecure, true)
    assert.deepEqual(config.allowedHosts, ['a.example.org', 'b.example.org'])
    assert.equal(config.limits.bodyBytes, 1_048_576)
    assert.equal(config.limits.memoryBytes, 1_000_000)
    assert.deepEqual(config.replicas, {
      count: 3,
      threads: 'auto',
      isolation: 'process',
      providers: [{ name: 'cpu', options: {} }],
      measure: true,
      planFolder: join(process.cwd(), '.slipway/plans'),
    })
  })

  test('a file that was named must exist, and its name stands in the refusal', async () => {
    await assert.rejects(loadConfig({ path: 'no/such/file.yaml', env: {} }), {
      code: 'NOT_FOUND',
      message: /no\/such\/file\.yaml does not exist/,
    })
  })

  test('the result is frozen to its depths', async () => {
    const { config } = await loadConfig({ folder: await project('models: ./m\n'), env: {} })
    for (const part of [config, config.limits, config.models, config.log, config.http]) assert.ok(Object.isFrozen(part))
  })

  test('an empty file is as good as none', async () => {
    assert.equal((await loadConfig({ folder: await project('# nothing yet\n'), env: {} })).config.port, 8080)
  })
})

describe('what is refused', () => {
  test('an unknown key, with file, line and what was meant', async () => {
    assert.equal(
      await refusal('port: 1\nlimits:\n  deadlinMs: 4\n'),
      'slipway.yaml, line 3: limits.deadlinMs is not a setting; did you mean deadlineMs?',
    )
    assert.match(await refusal('zzzzzz: 1\n'), /zzzzzz is not a setting; known here: models, host, port/)
  })

  test('every bad value at once, each with what it may be and what it was', async () => {
    const message = await refusal('port: 99999\nlog: { level: inf }\nlimits: { bodyBytes: 12 apples }\nreplicas: { count: 0 }\nhttp: 5\n')
    assert.deepEqual(message.split('\n').sort(), [
      'slipway.yaml, line 1: port must be at most 65535, got "99999"',
      'slipway.yaml, line 2: log.level must be one of debug, info, warn, error, got "inf"; did you mean info?',
      'slipway.yaml, line 3: limits.bodyBytes must be octets as a whole number, or a text such as "64MB" (millions) or "64MiB" (2^20), got "12 apples"',
      'slipway.yaml, line 4: replicas.count must be at least 1, got "0"',
      'slipway.yaml, line 5: http must be a mapping, got "5"',
    ])
  })

  test('a bad variable or flag by its own name', async () => {
    assert.match(
      await refusal('', { env: { SLIPWAY_INSECURE: 'yes' } }),
      /^environment variable SLIPWAY_INSECURE: insecure must be true or false/,
    )
    assert.match(await refusal('', { flags: { 'log.level': 'loud' } }), /^option --log-level: log\.level must be one of/)
  })

  test('a variable that is no setting, with what was meant', async () => {
    assert.equal(
      await refusal('', { env: { SLIPWAY_LIMIT_DEADLINEMS: '5' } }),
      'the environment variable SLIPWAY_LIMIT_DEADLINEMS is not a setting; did you mean SLIPWAY_LIMITS_DEADLINEMS?',
    )
  })

  test('settings that are known but have no effect yet', async () => {
    assert.match(await refusal('auth: { required: true }\n'), /auth has no effect in this version; remove it/)
  })

  test('broken YAML, a key given twice, and a flood of aliases', async () => {
    assert.match(await refusal('port: [1\n'), /^slipway\.yaml, line \d is no valid YAML/)
    assert.match(await refusal('port: 1\nport: 2\n'), /^slipway\.yaml, line 2 is no valid YAML/)
    const flood = [
      'a: &a [1,1,1,1,1,1,1,1,1,1]',
      ...'bcdefgh'.split('').map((key, index) => `${key}: &${key} [${`*${'abcdefgh'[index]},`.repeat(10)}]`),
    ]
    assert.match(await refusal(flood.join('\n')), /repeats too much through aliases/)
  })

  test('a key that could reach a prototype', async () => {
    assert.match(await refusal('limits: { __proto__: { deadlineMs: 1 } }\n'), /__proto__ may not be used as a key/)
  })

  test('a list or a scalar in place of the whole', async () => {
    assert.match(await refusal('- a\n'), /the file must be a mapping/)
    assert.match(await refusal('just text\n', { env: { SLIPWAY_PORT: '1' } }), /the file must be a mapping/)
  })
})
