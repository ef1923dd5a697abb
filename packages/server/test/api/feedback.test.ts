/** Feedback over HTTP, against the whole service with real models. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Slipway } from '@slipway/client'
import { example, fixture, serviceOf } from '../support/service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const service = await serviceOf([fixture('int64-sum.onnx'), example('digits')], { 'feedback.maxEntries': 5 })
after(() => service.stop())

const LONG = '9223372036854775807'
const tensor = (name: string, data: string, datatype = 'INT64') =>
  `{"name":"${name}","datatype":"${datatype}","shape":[1],"data":[${data}]}`
const INPUT = `{"inputs":[${tensor('a', LONG)},${tensor('b', '-1')}]}`
const OUTPUT = `{"outputs":[${tensor('sum', '9223372036854775806')}]}`
const PNG = readFileSync(join(example('digits'), 'examples', '7.png'))
const SCORES = `{"outputs":[{"name":"probabilities","datatype":"FP32","shape":[1,10],"data":[0.1,0.2,0,0,0,0,0,0.7,0,"NaN"]}]}`

interface Answer {
  readonly status: number
  readonly text: string
}

async function ask(method: string, path: string, body?: string): Promise<Answer> {
  const response = await fetch(`${service.url}/api/v1/models/${path}`, { method, ...(body === undefined ? {} : { body }) })
  return { status: response.status, text: await response.text() }
}

/** A body with the members given in place of good ones; `undefined` leaves one out. */
function feedback(members: Readonly<Record<string, string | undefined>> = {}): string {
  const all = { version: '"1"', input: INPUT, output: OUTPUT, verdict: '"right"', ...members }
  const given = Object.entries(all).filter(([, json]) => json !== undefined)
  return `{${given.map(([key, json]) => `"${key}":${json}`).join(',')}}`
}

const mark = (members: Readonly<Record<string, string | undefined>> = {}, model = 'int64-sum') =>
  ask('POST', `${model}/feedback`, feedback(members))
const idOf = ({ status, text }: Answer): string => {
  assert.equal(status, 201, text)
  return JSON.parse(text).id
}
const entries = async (model: string) => JSON.parse((await ask('GET', `${model}/feedback?limit=100`)).text).entries

test('a marked answer is kept as it was, to the last digit, and can be read and deleted', async () => {
  const started = Date.now()
  const texts = { requestId: '"req-1"', verdict: '"relabelled"', label: '"sév\\u0065n"', note: '"line\\nline"' }
  const id = idOf(await mark(texts))
  const { status, text } = await ask('GET', 'int64-sum/feedback')
  assert.equal(status, 200)
  assert.ok(text.includes(LONG) && text.includes('9223372036854775806'), text)
  const [entry] = JSON.parse(text).entries
  assert.deepEqual([entry.id, entry.model, entry.version, entry.verdict], [id, 'int64-sum', '1', 'relabelled'])
  assert.deepEqual([entry.label, entry.note, entry.requestId], ['séven', 'line\nline', 'req-1'])
  assert.ok(Date.parse(entry.markedAt) >= started && Date.parse(entry.markedAt) <= Date.now())
  assert.equal((await ask('DELETE', `digits/feedback/${id}`)).status, 404)
  assert.deepEqual(await ask('DELETE', `int64-sum/feedback/${id}`), { status: 200, text: `{"id":"${id}"}` })
  assert.equal((await ask('DELETE', `int64-sum/feedback/${id}`)).status, 404)
  assert.deepEqual(await ask('GET', 'int64-sum/feedback'), { status: 200, text: '{"entries":[]}' })
})

test('the summary counts by verdict and has the newest first', async () => {
  const summary = async () => JSON.parse((await ask('GET', 'int64-sum/feedback/summary')).text)
  assert.deepEqual(await summary(), { most: 5, counts: { right: 0, wrong: 0, relabelled: 0 }, latest: [] })
  const ids = [idOf(await mark()), idOf(await mark({ verdict: '"wrong"' })), idOf(await mark())]
  const { counts, latest } = await summary()
  assert.deepEqual(counts, { right: 2, wrong: 1, relabelled: 0 })
  assert.deepEqual(
    latest.map(({ id }: { readonly id: string }) => id),
    ids.toReversed(),
  )
  for (const id of ids) await ask('DELETE', `int64-sum/feedback/${id}`)
})

test('the input that is kept can be sent to the model again', async () => {
  const id = idOf(await mark({ input: `{"id":"x","parameters":{"seed":7},"outputs":[{"name":"sum"}],${INPUT.slice(1)}` }))
  const { text } = await ask('GET', 'int64-sum/feedback')
  const input = text.slice(text.indexOf('"input":') + 8, text.indexOf(',"output":'))
  assert.match(input, /"seed":7/)
  const again = await fetch(`${service.url}/v2/models/int64-sum/infer`, { method: 'POST', body: input })
  assert.match(await again.text(), /"data":\[9223372036854775806\]/)
  await ask('DELETE', `int64-sum/feedback/${id}`)
})

test('a picture is kept as a picture, whichever way it was sent', async () => {
  const base64 = PNG.toString('base64')
  const asFile = `{"file":{"contentType":"image/png","base64":"${base64}"}}`
  const asTensor = `{"parameters":{"content_type":"image/png"},"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"content_type":"base64"},"data":["${base64}"]}]}`
  const ids = [
    idOf(await mark({ input: asFile, output: SCORES }, 'digits')),
    idOf(await mark({ input: asTensor, output: SCORES }, 'digits')),
  ]
  for (const { input, output } of await entries('digits')) {
    assert.deepEqual(input, { file: { contentType: 'image/png', base64 } })
    assert.deepEqual(output.outputs[0].data, [0.1, 0.2, 0, 0, 0, 0, 0, 0.7, 0, 'NaN'])
  }
  for (const id of ids) await ask('DELETE', `digits/feedback/${id}`)
})

test('a list comes in pages, the oldest first', async () => {
  const ids: string[] = []
  for (const note of ['1', '2', '3']) ids.push(idOf(await mark({ note: `"${note}"` })))
  const seen: string[] = []
  for (let after = ''; ; ) {
    const page = JSON.parse((await ask('GET', `int64-sum/feedback?limit=2${after}`)).text)
    seen.push(...page.entries.map(({ id }: { id: string }) => id))
    if (page.next === undefined) break
    after = `&after=${encodeURIComponent(page.next)}`
  }
  assert.deepEqual(seen, ids)
  for (const limit of ['0', '101', '-1', 'x', '', '1e1'])
    assert.equal((await ask('GET', `int64-sum/feedback?limit=${limit}`)).status, 400, limit)
  assert.equal((await ask('GET', 'int64-sum/feedback?after=x')).status, 400)
  for (const id of ids) await ask('DELETE', `int64-sum/feedback/${id}`)
})

test('a model that is full says so, what to do, and takes more once some is gone', async () => {
  const ids: string[] = []
  for (let count = 0; count < 5; count++) ids.push(idOf(await mark()))
  const full = await mark()
  assert.equal(full.status, 422)
  assert.match(full.text, /\\"int64-sum\\".*5 marked answers.*feedback\.maxEntries.*slipway feedback export/)
  await ask('DELETE', `int64-sum/feedback/${ids.shift()}`)
  ids.push(idOf(await mark()))
  for (const id of ids) await ask('DELETE', `int64-sum/feedback/${id}`)
})

describe('what is refused', () => {
  const cases: readonly (readonly [
    what: string,
    members: Readonly<Record<string, string | undefined>>,
    status: number,
    sentence: RegExp,
  ])[] = [
    ['an unknown verdict, with those there are', { verdict: '"maybe"' }, 400, /one of right, wrong, relabelled; got .*maybe/],
    ['no verdict', { verdict: undefined }, 400, /one of right, wrong, relabelled; it is missing/],
    ['a verdict that is no text', { verdict: '1' }, 400, /one of right, wrong, relabelled; got 1/],
    ['a version that is not loaded, with those that are', { version: '"7"' }, 404, /no loaded version .*7.*loaded are: 1/],
    ['no version', { version: undefined }, 400, /\\"version\\" is missing/],
    ['a version that is a number', { version: '1' }, 400, /\\"version\\" must be a text/],
    ['a new label without the verdict for it', { label: '"7"' }, 400, /\\"label\\" goes with the verdict \\"relabelled\\"/],
    ['the verdict without the label', { verdict: '"relabelled"' }, 400, /needs a \\"label\\"/],
    ['an endless note', { note: `"${'x'.repeat(10_001)}"` }, 400, /\\"note\\" has 10001 characters; at most 10000/],
    ['a member that is not known, with the one that was meant', { verdcit: '1' }, 400, /no \\"verdcit\\"; did you mean \\"verdict\\"\?/],
    ['no input', { input: undefined }, 400, /\\"input\\" must be the V2 request/],
    ['an input that is no request', { input: '{"inputs":[{"name":"a"}]}' }, 400, /in \\"input\\": input \\"a\\": has/],
    [
      'an input that the model does not have',
      { input: `{"inputs":[${tensor('aa', '1')}]}` },
      400,
      /no input \\"aa\\"; did you mean \\"a\\"\?/,
    ],
    ['an input of another datatype', { input: `{"inputs":[${tensor('a', '1', 'FP32')}]}` }, 400, /input \\"a\\" .* is INT64, not FP32/],
    ['an input that lacks one', { input: `{"inputs":[${tensor('a', '1')}]}` }, 400, /\\"input\\" has no \\"b\\"/],
    ['a number past 64 bits', { input: INPUT.replace(LONG, `${LONG}0`) }, 400, /in \\"input\\": input \\"a\\"/],
    ['an output without outputs', { output: '{"outputs":[]}' }, 400, /\\"output\\" holds no outputs/],
    ['an output of another model', { output: SCORES }, 400, /no output \\"probabilities\\"; it has \\"sum\\"/],
    ['a broken output', { output: '{"output":[]}' }, 400, /in \\"output\\": it has no \\"outputs\\"/],
    ['a picture for a model that takes none', { input: '{"file":{"contentType":"image/png","base64":""}}' }, 400, /takes no picture/],
    ['a file that is no picture', { input: '{"file":{"contentType":"text/html","base64":""}}' }, 400, /must be that of a picture/],
    ['a file without its octets', { input: '{"file":{"contentType":"image/png"}}' }, 400, /must have \\"contentType\\" and \\"base64\\"/],
    ['a megabyte', { note: `"${'x'.repeat(1_000_000)}"` }, 413, /feedback takes up to 1000000 octets/],
  ]
  for (const [what, members, status, sentence] of cases)
    test(what, async () => {
      const answer = await mark(members)
      assert.equal(answer.status, status, answer.text)
      assert.match(answer.text, sentence)
      assert.ok(answer.text.length < 4096)
    })
  test('base64 that is none', async () => {
    const answer = await mark({ input: '{"file":{"contentType":"image/png","base64":"%%%"}}', output: SCORES }, 'digits')
    assert.equal(answer.status, 400)
    assert.match(answer.text, /base64/)
  })
  test('a body that is no object, and one that is no JSON', async () => {
    for (const body of ['[]', '"x"', '', '{"verdict":', '{"verdict":1,"verdict":2}'])
      assert.equal((await ask('POST', 'int64-sum/feedback', body)).status, 400, body)
  })
  test('a model that is not there', async () => {
    assert.equal((await mark({}, 'nothing')).status, 404)
    assert.equal((await ask('GET', 'nothing/feedback')).status, 404)
    assert.equal((await ask('GET', 'nothing/feedback/summary')).status, 404)
    assert.equal((await ask('DELETE', 'nothing/feedback/1')).status, 404)
    assert.equal((await ask('PUT', 'int64-sum/feedback')).status, 405)
  })
  test('nothing of all this was stored', async () => assert.deepEqual(await entries('int64-sum'), []))
})

test('serving makes no store, marking does, and a new server finds what was marked', async () => {
  const url = join(await temporaryFolder(), '.slipway', 'slipway.db')
  let id = ''
  {
    await using first = await serviceOf([fixture('int64-sum.onnx')], { 'store.url': url })
    const list = await fetch(`${first.url}/api/v1/models/int64-sum/feedback`)
    assert.deepEqual([await list.text(), existsSync(url)], ['{"entries":[]}', false])
    const marked = await fetch(`${first.url}/api/v1/models/int64-sum/feedback`, { method: 'POST', body: feedback() })
    id = ((await marked.json()) as { id: string }).id
  }
  assert.equal(existsSync(`${url}-wal`), false)
  // What was said of a model is there though the model is not.
  await using second = await serviceOf([example('digits')], { 'store.url': url })
  const kept = (await (await fetch(`${second.url}/api/v1/models/int64-sum/feedback`)).json()) as { entries: { id: string }[] }
  assert.deepEqual(
    kept.entries.map((entry) => entry.id),
    [id],
  )
})

test('the client marks what it was answered, and reads it back whole', async () => {
  const model = new Slipway(service.url).model('int64-sum')
  const input = { a: { datatype: 'INT64', shape: [1], data: [2n ** 63n - 1n] }, b: { datatype: 'INT64', shape: [1], data: [-1n] } } as const
  const answer = await model.answer(input)
  const { id } = await model.feedback({ input, answer, verdict: 'wrong', note: 'too large' })
  const { entries: stored } = await model.feedbackPage()
  assert.deepEqual(
    stored.map((entry) => [entry.id, entry.version, entry.requestId, entry.verdict, entry.note, entry.output.outputs[0]?.data]),
    [[id, '1', answer.requestId, 'wrong', 'too large', [2n ** 63n - 2n]]],
  )
  await ask('DELETE', `int64-sum/feedback/${id}`)
  const digits = new Slipway(service.url).model('digits')
  const image = new Blob([PNG], { type: 'image/png' })
  const read = await digits.answer({ image })
  await digits.feedback({ input: { image }, answer: read, verdict: 'relabelled', label: '1' })
  const [entry] = (await digits.feedbackPage({ limit: 1 })).entries
  assert.equal(JSON.stringify(entry?.input), JSON.stringify({ file: { contentType: 'image/png', base64: PNG.toString('base64') } }))
  await ask('DELETE', `digits/feedback/${entry?.id}`)
})
