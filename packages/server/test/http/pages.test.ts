import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { pageRoutes } from '../../src/http/pages.ts'
import type { Call } from '../../src/http/route.ts'

test('GET / is a page for browsers, Azure ML’s health for those who want text, and KServe’s for all others', async () => {
  const routes = await pageRoutes(join(import.meta.dirname, 'no-such-folder'))
  const root = routes.find(({ path }) => path === '/')
  const get = async (accept: string | undefined) => {
    const response = await root?.handle({ header: () => accept } as unknown as Call)
    return [response?.status, String(response?.body)]
  }
  assert.deepEqual(await get(undefined), [200, '{"status":"alive"}'])
  assert.deepEqual(await get('*/*'), [200, '{"status":"alive"}'])
  assert.deepEqual(await get('text/plain'), [200, 'Healthy'])
  const [status, hint] = await get('text/html,application/xhtml+xml,*/*;q=0.8')
  assert.equal(status, 503)
  assert.match(hint as string, /npm run build/)
})
