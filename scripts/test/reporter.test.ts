import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { Report } from '../reporter.ts'

const counts = (given: Record<string, number>) => ({
  tests: 0,
  suites: 0,
  passed: 0,
  cancelled: 0,
  skipped: 0,
  todo: 0,
  topLevel: 0,
  ...given,
})
const event = (type: TestEvent['type'], data: object): TestEvent => ({ type, data }) as TestEvent

function reportOf(events: readonly TestEvent[]): { report: Report; lines: string[] } {
  const lines: string[] = []
  const report = new Report((line) => lines.push(line))
  for (const each of events) report.take(each)
  return { report, lines }
}

const passed = event('test:summary', { counts: counts({ tests: 2, passed: 2 }), duration_ms: 1, success: true })
const skipped = [
  event('test:pass', { name: 'draws', skip: 'no Chromium found', details: { duration_ms: 0 } }),
  event('test:summary', { counts: counts({ tests: 2, passed: 1, skipped: 1 }), duration_ms: 1, success: true }),
]
const failed = [
  event('test:fail', { name: 'adds', details: { error: new Error('2 is not 3'), duration_ms: 0 } }),
  event('test:summary', { counts: counts({ tests: 2, passed: 1 }), duration_ms: 1, success: false }),
]

test('the last lines are node’s figures, summed over the runs', () => {
  const { report, lines } = reportOf([passed, ...failed])
  assert.equal(report.close('lenient'), false)
  assert.deepEqual(lines.slice(-8, -1), ['ℹ tests 4', 'ℹ suites 0', 'ℹ pass 3', 'ℹ fail 1', 'ℹ cancelled 0', 'ℹ skipped 0', 'ℹ todo 0'])
  assert.match(lines.at(-1) ?? '', /^ℹ duration_ms \d/)
  assert.match(lines.join('\n'), /adds\n.*2 is not 3/)
})

test('a skipped suite is named with its reason, and fails only a strict run', () => {
  assert.equal(reportOf(skipped).report.close('lenient'), true)
  const { report, lines } = reportOf(skipped)
  assert.equal(report.close('strict'), false)
  assert.match(lines.join('\n'), /skipped \(a failure, since CI=true\):\n.*draws: no Chromium found/)
})

test('a run without a single test is no success', () => assert.equal(reportOf([]).report.close('lenient'), false))
