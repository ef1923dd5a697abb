import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json, text } from '../../src/http/respond.ts'
import type { Call, Route } from '../../src/http/route.ts'
import { createRouter } from '../../src/http/router.ts'

const route = (name: string, claims?: Route['claims']): Route => ({
  method: 'POST',
  path: '/shared/:name',
  access: 'infer',
  handle: () => text(name),
  problem: () => json(name),
  ...(claims === undefined ? {} : { claims }),
})
const call = (name: string) => ({ params: { name } }) as unknown as Call
const isA = ({ params }: Call) => params.name === 'a'

test('a path that two dialects have goes to the one that claims the call, else to the one that claims nothing', () => {
  const [rest, claiming] = [route('rest'), route('claiming', isA)]
  for (const routes of [
    [rest, claiming],
    [claiming, rest],
  ]) {
    const found = createRouter(routes).find('POST', '/shared/a')
    assert.equal(found.route, rest)
    assert.equal(found.choose(call('a')), claiming)
    assert.equal(found.choose(call('b')), rest)
  }
})

test('of several that claim a call the first has it', () => {
  const [first, second] = [route('first', isA), route('second', () => true)]
  const { choose } = createRouter([first, second]).find('POST', '/shared/a')
  assert.equal(choose(call('a')), first)
  assert.equal(choose(call('b')), second)
})

test('a path that two dialects have without a rule is an error at start', () =>
  assert.throws(() => createRouter([route('one'), route('two')]), /POST \/shared\/:name is there twice/))

test('a path that is a name is there while there is something of that name, and hides no other', () => {
  const handle = () => assert.fail('nobody calls it')
  const route = (method: Route['method'], path: string): Route => ({ method, path, access: 'infer', handle, problem: handle })
  const named = { ...route('POST', '/:name'), exists: ({ name }: Readonly<Record<string, string | undefined>>) => name === 'classify' }
  const router = createRouter([named, route('GET', '/metrics'), route('POST', '/score')])
  assert.equal(router.find('POST', '/classify').route, named)
  assert.equal(router.find('POST', '/score').route.path, '/score')
  assert.throws(() => router.find('POST', '/metrics'), /not possible here; this path takes GET/)
  assert.throws(() => router.find('POST', '/other'), /there is no "\/other" here/)
  assert.deepEqual(router.allowed('/metrics'), ['GET', 'HEAD'])
})
