import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServeError } from '@slipway/protocol'
import type { Provider } from '../../src/config/provider.ts'
import { type Execution, firstUsable } from '../../src/serving/execution.ts'

const list = (...names: readonly Provider['name'][]): readonly Provider[] => names.map((name) => ({ name, options: {} }))
const refused = (message: string) => new ServeError('FAILED_PRECONDITION', message)

/** Opens by what is not among the broken. */
async function openWith(providers: readonly Provider[], broken: Readonly<Record<string, Error>>, signal?: AbortSignal) {
  const told: string[] = []
  const tried: string[] = []
  const opened = await firstUsable({ providers, signal, onFallback: (why) => told.push(why) }, async (execution: Execution) => {
    tried.push(execution.providers.map(({ name }) => name).join())
    const error = broken[execution.provider]
    if (error !== undefined) throw error
    return execution
  }).catch((error: Error) => error)
  return { opened, told, tried }
}

test('the preferred provider is used where it can be, and nothing is told', async () => {
  const { opened, told } = await openWith(list('cuda', 'cpu'), {})
  assert.deepEqual(opened, { providers: list('cuda'), provider: 'cuda', wanted: 'cuda' })
  assert.deepEqual(told, [])
})

test('each preference that is given up is told with its reason', async () => {
  const { opened, told } = await openWith(list('tensorrt', 'cuda', 'cpu'), { tensorrt: refused('no engine'), cuda: refused('no card') })
  assert.deepEqual(opened, { providers: list('cpu'), provider: 'cpu', wanted: 'tensorrt', fallback: 'no engine; no card' })
  assert.match(told[0] ?? '', /^it will run by cuda instead, .*: no engine$/)
  assert.match(told[1] ?? '', /^it will run by cpu instead, .*: no card$/)
})

test('a list that does not end in cpu is strict', async () => {
  const { opened, tried } = await openWith(list('tensorrt', 'cuda'), { tensorrt: refused('no engine') })
  assert.match(String(opened), /no engine/)
  assert.deepEqual(tried, ['tensorrt,cuda'])
})

test('memory that others hold, a stop and what was not foreseen are no reasons to get slow', async () => {
  const full = await openWith(list('cuda', 'cpu'), { cuda: new ServeError('RESOURCE_EXHAUSTED', 'full') })
  assert.match(String(full.opened), /full/)
  assert.deepEqual(full.tried, ['cuda'])
  const stopped = await openWith(list('cuda', 'cpu'), { cuda: refused('stopped') }, AbortSignal.abort())
  assert.deepEqual(stopped.tried, ['cuda'])
  const bug = await openWith(list('cuda', 'cpu'), { cuda: new TypeError('bug') })
  assert.match(String(bug.opened), /bug/)
})

test('a model that does not open by cpu either is refused for that', async () => {
  const { opened } = await openWith(list('cuda', 'cpu'), { cuda: refused('no card'), cpu: refused('no model') })
  assert.match(String(opened), /no model/)
})
