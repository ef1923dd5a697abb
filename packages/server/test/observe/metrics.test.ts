import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONTENT_TYPES, expositionFormat } from '../../src/observe/exposition.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { quantile } from '../../src/observe/series.ts'

test('the text format is the one of the specification, in stable order and escaped', () => {
  const metrics = createMetrics()
  metrics.gauge({ name: 'b_gauge', help: 'Line\nand \\ backslash' }).with({}).set(Number.POSITIVE_INFINITY)
  const requests = metrics.counter({ name: 'a_total', help: 'Requests.', labels: ['path'] })
  requests.with({ path: 'z' }).inc()
  requests.with({ path: 'C:\\DIR\n"q"' }).inc(2)
  assert.equal(
    metrics.render(),
    [
      '# HELP a_total Requests.',
      '# TYPE a_total counter',
      'a_total{path="C:\\\\DIR\\n\\"q\\""} 2',
      'a_total{path="z"} 1',
      '# HELP b_gauge Line\\nand \\\\ backslash',
      '# TYPE b_gauge gauge',
      'b_gauge +Inf',
      '',
    ].join('\n'),
  )
})

test('a histogram counts a value on its bound inside, and writes cumulative buckets', () => {
  const metrics = createMetrics()
  const h = metrics.histogram({ name: 'h', help: 'H.', labels: ['m'], buckets: [1, 2] }).with({ m: 'x' })
  for (const value of [0.5, 1, 1.5, 9, Number.NaN]) h.observe(value)
  assert.match(
    metrics.render(),
    /h_bucket\{m="x",le="1"\} 2\nh_bucket\{m="x",le="2"\} 3\nh_bucket\{m="x",le="\+Inf"\} 4\nh_sum\{m="x"\} 12\nh_count\{m="x"\} 4\n/,
  )
})

test('a quantile is interpolated inside its bucket', () => {
  const h = createMetrics()
    .histogram({ name: 'h', help: 'H.', buckets: [10, 20, 30] })
    .with({})
  assert.ok(Number.isNaN(quantile(h, 0.5)))
  for (let index = 0; index < 100; index++) h.observe(15)
  assert.equal(quantile(h, 0.5), 15)
  h.observe(99)
  assert.equal(quantile(h, 1), 30)
})

test('OpenMetrics drops _total from the name of the metric, calls other counters unknown, and ends with EOF', () => {
  const metrics = createMetrics()
  metrics.counter({ name: 'a_total', help: 'A.' }).with({}).inc()
  metrics.counter({ name: 'nv_count', help: 'N.' }).with({}).inc()
  assert.equal(
    metrics.render('openmetrics'),
    '# HELP a A.\n# TYPE a counter\na_total 1\n# HELP nv_count N.\n# TYPE nv_count unknown\nnv_count 1\n# EOF\n',
  )
  assert.equal(expositionFormat('application/openmetrics-text;version=1.0.0,text/plain;q=0.5'), 'openmetrics')
  assert.equal(expositionFormat(undefined), 'prometheus')
  assert.match(CONTENT_TYPES.prometheus, /version=0\.0\.4/)
})

test('a gauge that follows is read at each scrape, and a throwing reader is NaN', () => {
  const metrics = createMetrics()
  const gauge = metrics.gauge({ name: 'g', help: 'G.' }).with({})
  let depth = 3
  gauge.follow(() => depth)
  depth = 4
  assert.match(metrics.render(), /\ng 4\n/)
  gauge.follow(() => {
    throw new Error('gone')
  })
  assert.match(metrics.render(), /\ng NaN\n/)
})

test('a flood of label values stops at the cap, still counts for its holder, and is told', () => {
  const metrics = createMetrics({ maxSeries: 3 })
  const family = metrics.counter({ name: 'f_total', help: 'F.', labels: ['user'] })
  for (let index = 0; index < 10; index++) family.with({ user: `u${index}` }).inc()
  const text = metrics.render()
  assert.equal(text.match(/^f_total\{/gm)?.length, 3)
  assert.match(text, /slipway_metrics_refused_series_total\{metric="f_total"\} 7\n/)
})

test('the series of a model go with its last holder', () => {
  const metrics = createMetrics()
  const family = metrics.counter({ name: 'f_total', help: 'F.', labels: ['model', 'version'] })
  family.with({ model: 'a', version: '1' }).inc()
  family.with({ model: 'a', version: '2' }).inc()
  const old = metrics.hold({ model: 'a', version: '1' })
  const young = metrics.hold({ version: '1', model: 'a' })
  old()
  old()
  assert.match(metrics.render(), /version="1"/)
  young()
  assert.doesNotMatch(metrics.render(), /version="1"/)
  assert.match(metrics.render(), /version="2"/)
  assert.equal(metrics.drop({ model: 'a' }), 1)
  assert.equal(metrics.render(), '')
})

test('a name used twice in different ways, a missing label and a bad name are refused', () => {
  const metrics = createMetrics()
  metrics.counter({ name: 'c', help: 'C.', labels: ['x'] })
  assert.throws(() => metrics.gauge({ name: 'c', help: 'C.', labels: ['x'] }), /already a counter with labels \[x\]/)
  assert.throws(() => metrics.counter({ name: 'c', help: 'C.', labels: ['x'] }).with({}), /needs a value for its label "x"/)
  assert.throws(() => metrics.counter({ name: 'a-b', help: '' }), /no metric name/)
  assert.throws(() => metrics.counter({ name: 'ab', help: '', labels: ['le'] }), /no label name/)
})
