import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/base/clock.ts'
import { createLogger, type LoggerOptions } from '../../src/observe/logger.ts'

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) } as Clock

function recorder(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = []
  const logger = createLogger({ level: 'info', format: 'json', clock, write: (line) => void lines.push(line), ...options })
  return { lines, logger, last: () => JSON.parse(lines.at(-1) as string) as Record<string, unknown> }
}

test('a JSON line holds time, level, sentence and the fields of every parent', () => {
  const { logger, last } = recorder()
  logger
    .child({ model: 'digits' })
    .child({ version: '2' })
    .warn({ rows: 3, big: 2n ** 60n, none: undefined }, 'slow run')
  assert.deepEqual(last(), {
    time: '2026-01-02T03:04:05.006Z',
    level: 'warn',
    msg: 'slow run',
    model: 'digits',
    version: '2',
    rows: 3,
    big: '1152921504606846976',
  })
})

test('a level that is off writes nothing and never reads its fields', () => {
  const { logger, lines } = recorder({ level: 'warn' })
  const trap = Object.defineProperty({}, 'field', { enumerable: true, get: () => assert.fail('read') })
  logger.info(trap, 'unseen')
  logger.debug(trap, 'unseen')
  assert.deepEqual(lines, [])
})

test('what a caller sent cannot forge a line, steer a terminal or replace the level', () => {
  const evil = 'a\nb\r\u001b[31m\u009b31m\u2028\u202eend\u007f'
  for (const format of ['json', 'text'] as const) {
    const { logger, lines } = recorder({ format })
    logger.info({ name: evil, level: 'error', [evil]: 1 }, `sentence ${evil}`)
    assert.equal(lines.length, 1)
    const line = lines[0] as string
    assert.ok(line.endsWith('\n'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be absent
    assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/)
  }
  const { logger, last } = recorder()
  logger.info({ level: 'error', msg: 'other', name: evil }, 'true')
  assert.equal(last().level, 'info')
  assert.equal(last().level_, 'error')
  assert.equal(last().msg, 'true')
  assert.equal(last().name, evil)
})

test('secrets are struck out by name and inside addresses', () => {
  const { logger, lines } = recorder()
  logger.error({ headers: { Authorization: 'Bearer s3cr3t', accept: '*/*' }, url: 'postgres://me:s3cr3t@host/db' }, 'at //me:s3cr3t@host')
  assert.doesNotMatch(lines[0] as string, /s3cr3t/)
  assert.match(lines[0] as string, /\*\/\*/)
  assert.match(lines[0] as string, /host\/db/)
})

test('an error is told by name, message, code, stack and cause, without its other fields', () => {
  const { logger, last, lines } = recorder()
  const cause = new TypeError('inner')
  logger.error(
    { error: Object.assign(new Error('outer', { cause }), { code: 'ENOENT', request: { token: 'hidden', body: 'private' } }) },
    'x',
  )
  const error = last().error as Record<string, unknown>
  assert.equal(error.message, 'outer')
  assert.equal(error.code, 'ENOENT')
  assert.equal((error.cause as { message: string }).message, 'inner')
  assert.doesNotMatch(lines[0] as string, /hidden|private/)
})

test('a circle, a throwing getter, a huge text and a deep value still make one bounded line', () => {
  const { logger, lines } = recorder()
  const circle: Record<string, unknown> = {}
  circle.self = circle
  const thrower = Object.defineProperty({}, 'x', {
    enumerable: true,
    get: () => {
      throw new Error('no')
    },
  })
  logger.info({ circle, thrower, text: 'x'.repeat(1e6), bytes: new Uint8Array(1e6), fn: () => {} }, 'odd')
  assert.ok((lines[0] as string).length < 10_000)
  assert.doesNotThrow(() => JSON.parse(lines[0] as string))
})

test('the text format is plain without colour, and coloured by level with it', () => {
  const plain = recorder({ format: 'text' })
  plain.logger.info({ model: 'digits', why: 'two words' }, 'loaded')
  assert.equal(plain.lines[0], '03:04:05.006 info  loaded  model=digits why="two words"\n')
  const colored = recorder({ format: 'text', color: true })
  colored.logger.error({}, 'lost')
  assert.ok(colored.lines[0]?.includes('\u001b[31merror\u001b[0m'))
})
