// Draws the report from the JSON in the page. Plain JavaScript for browsers; uPlot stands before it.
const data = JSON.parse(document.getElementById('data').textContent)
const root = document.getElementById('report')
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const element = (name, attributes = {}, ...children) => {
  const made = Object.assign(document.createElement(name), attributes)
  made.append(...children)
  return made
}
const ms = (value) => (value === null || value === undefined ? '–' : `${value < 10 ? value.toFixed(2) : value.toFixed(0)}`)
const rate = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'))
const mark = (settled, write) => (settled.stable ? '' : '~') + write(settled.value)

const facts = element('div', { className: 'facts' })
const fact = (value, what) =>
  facts.append(element('div', { className: 'fact' }, element('b', {}, value), element('span', { className: 'quiet' }, what)))
const judged = data.stages.find(({ name }) => name === data.judged)
if (data.capacity !== undefined) fact(rate(data.capacity), 'requests/s held')
fact(mark(judged.perSecond, rate), `answers/s, ${judged.name}`)
fact(`${mark(judged.p50, ms)} ms`, 'half of the answers')
fact(`${mark(judged.p99, ms)} ms`, '99 of 100 answers')

const verdict = element('section', { className: 'card verdict' }, element('strong', {}, data.verdict.sentence))
verdict.append(element('ul', {}, ...data.verdict.evidence.map((text) => element('li', { className: 'quiet' }, text))))
verdict.append(
  element('h2', { style: 'margin-top: 12px' }, 'What to change'),
  element('ul', {}, ...data.verdict.advice.map((text) => element('li', {}, text))),
)

const cards = element('div', { className: 'cards' })
root.append(
  element('h1', {}, `Load test of ${data.model}`),
  element('div', { className: 'quiet' }, `${data.about} · ${new Date(data.at).toLocaleString()}`),
  facts,
  verdict,
  cards,
)

const charts = []
function chart(title, explains, { series, values, x, y, scales }) {
  const place = element('div')
  cards.append(element('section', { className: 'card' }, element('h2', {}, title), element('div', { className: 'quiet' }, explains), place))
  const axis = (label, format, size) => ({
    label,
    stroke: color('quiet'),
    grid: { stroke: color('line'), width: 1 },
    ticks: { stroke: color('line'), width: 1 },
    values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : format(tick))),
    size,
    labelSize: 20,
  })
  const made = new uPlot(
    {
      width: place.clientWidth || 440,
      height: 260,
      scales: { x: { time: false, ...(scales?.x ?? {}) }, y: scales?.y ?? {} },
      axes: [axis(x.label, x.format, 32), axis(y.label, y.format, 52)],
      series: [
        { label: x.label, value: (_, value) => (value === null ? '–' : x.format(value)) },
        ...series.map((one) => ({
          width: 2,
          points: { show: true, size: 6 },
          value: (_, value) => (value === null ? '–' : y.format(value)),
          ...one,
        })),
      ],
    },
    values,
    place,
  )
  charts.push([made, place])
}

const ramp = data.stages.filter(({ offered }) => offered !== undefined).sort((a, b) => a.offered - b.offered)
const short = (value) => (value >= 1000 ? `${+(value / 1000).toFixed(1)}k` : String(+value.toFixed(value < 10 ? 2 : 0)))
if (ramp.length > 1) {
  chart('Latency over load', 'Counted from when a request was due, as if its sender had not waited for others.', {
    x: { label: 'offered requests/s', format: short },
    y: { label: 'ms', format: short },
    scales: { y: { distr: 3 } },
    series: [
      { label: 'p50', stroke: color('main') },
      { label: 'p99', stroke: color('warm') },
    ],
    values: [ramp.map((one) => one.offered), ramp.map((one) => one.p50.value), ramp.map((one) => one.p99.value)],
  })
  chart('Answered over offered', 'Where the line leaves the diagonal, the server does not keep up.', {
    x: { label: 'offered requests/s', format: short },
    y: { label: 'answers/s', format: short },
    series: [
      { label: 'answered', stroke: color('main') },
      { label: 'offered', stroke: color('quiet'), dash: [4, 4], points: { show: false } },
    ],
    values: [ramp.map((one) => one.offered), ramp.map((one) => one.perSecond.value), ramp.map((one) => one.offered)],
  })
}
chart('Windows', `Answers a second in each window of ${judged.name}; three that agree within 5 % are believed.`, {
  x: { label: 'window', format: (value) => (Number.isInteger(value) ? String(value) : '') },
  y: { label: 'answers/s', format: short },
  scales: { y: { range: (_, __, most) => [0, most * 1.1] } },
  series: [{ label: 'answers/s', stroke: color('main') }],
  values: [judged.windows.map((_, index) => index + 1), judged.windows.map((one) => one.perSecond)],
})
chart('Latencies', `How many answers took how long, ${judged.name}; both axes logarithmic.`, {
  x: { label: 'ms', format: short },
  y: { label: 'answers', format: short },
  scales: { x: { distr: 3 }, y: { distr: 3 } },
  series: [{ label: 'answers', stroke: color('main'), fill: `${color('main')}33`, points: { show: false } }],
  values: [data.histogram.map((one) => one.fromMs), data.histogram.map((one) => one.count)],
})

const phases = Object.entries(data.phases)
const most = Math.max(...phases.map(([, value]) => value))
if (phases.length > 0) {
  const rows = phases.map(([name, value]) =>
    element(
      'div',
      { className: 'phase' },
      element('span', {}, name),
      element('span', {}, element('i', { style: `width: ${(100 * value) / most}%` })),
      element('span', {}, `${ms(value)} ms`),
    ),
  )
  cards.append(
    element(
      'section',
      { className: 'card' },
      element('h2', {}, "Where a request's time goes on the server"),
      element('div', { className: 'quiet' }, `Mean of ${judged.name}, as the answers tell in Server-Timing.`),
      ...rows,
    ),
  )
}

const heads = ['load', 'answers/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'most ms', 'failed']
const body = data.stages.map((one) => [
  one.name,
  mark(one.perSecond, rate),
  mark(one.p50, ms),
  mark(one.p99, ms),
  ms(one.p999Ms),
  ms(one.mostMs),
  String(one.failed),
])
const table = element(
  'table',
  {},
  element('tr', {}, ...heads.map((text) => element('th', {}, text))),
  ...body.map((cells) => element('tr', {}, ...cells.map((text) => element('td', {}, text)))),
)
root.append(
  element(
    'section',
    { className: 'card', style: 'margin-top: 16px' },
    element('h2', {}, 'All loads'),
    element('div', { className: 'scroll' }, table),
    element('div', { className: 'quiet' }, '~ marks a figure whose last three windows differ by more than 5 %.'),
  ),
)

addEventListener('resize', () => {
  for (const [made, place] of charts) made.setSize({ width: place.clientWidth, height: 260 })
})
