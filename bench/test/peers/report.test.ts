import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Case } from '../../peers/cases.ts'
import { chart } from '../../peers/chart.ts'
import { markdownReport, plainReport, sections } from '../../peers/report.ts'
import type { Measured } from '../../peers/targets.ts'

const of: Case = {
  name: 'digits',
  title: 'digits, one row',
  path: '',
  file: '',
  model: 'digits',
  sent: 'json',
  rounds: 1,
  heavy: false,
  rows: [],
}
const load = (connections: number, perSecond: number) => ({
  connections,
  perSecond,
  p50: 1.234,
  p99: 123.4,
  failures: 0,
  cpuMs: 0.0421,
  batch: 3,
})
const measured: Measured = {
  contenders: [
    { name: 'node', title: 'Slipway on Node', kind: 'ours' },
    { name: 'fastapi', title: 'FastAPI', kind: 'documented' },
    { name: 'tuned', title: 'FastAPI tuned', kind: 'tuned' },
    { name: 'flask', title: 'Flask', kind: 'documented' },
  ],
  samples: [
    { contender: 'node', case: 'digits', round: 1, loads: [load(1, 300), load(32, 9000)], firstAnswerMs: 640, memory: 153_400_000 },
    { contender: 'fastapi', case: 'digits', round: 1, loads: [load(1, 400), load(32, 2000)] },
    { contender: 'tuned', case: 'digits', round: 1, loads: [load(1, 200), load(32, 4500)] },
    { contender: 'flask', case: 'digits', round: 1, loads: [], fault: 'Flask did not start\nmore' },
  ],
  bare: [],
}

test('a line tells the ratio to the fastest Python peer at the same number of connections', () => {
  const [section] = sections([of], measured, {})
  const node = section?.rows.filter(([title], index) => title === 'Slipway on Node' || index === 1)
  assert.deepEqual(node, [
    ['Slipway on Node', '1', '300', '0 %', '0.75', '1.23', '123', '0.042', '3.0', '0.6', '153', '0'],
    ['', '32', '9000', '0 %', '2.00', '1.23', '123', '0.042', '3.0', '', '', '0'],
  ])
})

test('who failed and who could not be installed stands under the table by name', () => {
  const [section] = sections([of], measured, { tuned: 'no matching distribution' })
  assert.deepEqual(section?.notes, ['Flask: Flask did not start', 'FastAPI tuned: not installed: no matching distribution'])
  const verdicts = [{ what: 'speed', target: '≥ 5 ×', measured: '4.50 ×', met: false }]
  for (const report of [plainReport, markdownReport]) {
    const text = report(section === undefined ? [] : [section], verdicts)
    for (const part of ['Flask did not start', 'no matching distribution', '4.50 ×', '✖', 'OpenVINO Model Server'])
      assert.ok(text.includes(part), part)
  }
})

test('the chart draws the longest bar of each group over the whole width, ours in a colour of its own', () => {
  const svg = chart(
    [
      {
        title: 'a < b',
        bars: [
          { title: 'peer', value: 50, ours: false },
          { title: 'ours', value: 100, ours: true },
        ],
      },
    ],
    'caption',
  )
  const bars = [...svg.matchAll(/<rect class="([op])"[^>]* width="([\d.]+)"/g)].map(([, kind, width]) => [kind, Number(width)])
  assert.deepEqual(bars, [
    ['o', 440],
    ['p', 220],
  ])
  assert.ok(svg.includes('a &lt; b'))
})
