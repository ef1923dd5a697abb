/** The command as the platforms start it: without a path, with their variables. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startSlipway } from '../support/e2e/slipway-process.ts'
import { example } from '../support/service.ts'

const { request } = JSON.parse(readFileSync(join(example('digits'), 'examples', 'three.json'), 'utf8'))
const row: readonly number[] = request.inputs[0].data

const CASES = [
  {
    platform: 'vertex',
    env: { AIP_HTTP_PORT: '8080', AIP_PREDICT_ROUTE: '/predict', AIP_HEALTH_ROUTE: '/health', AIP_STORAGE_URI: example('digits') },
    health: '/health',
    predict: '/predict',
    body: { instances: [row] },
  },
  { platform: 'azure', env: { AZUREML_MODEL_DIR: example('digits') }, health: '/', predict: '/score', body: { data: [row] } },
  // Its own folder is /opt/ml/model, which no test makes; the port is enough of a marker.
  {
    platform: 'sagemaker',
    env: { SAGEMAKER_BIND_TO_PORT: '8080', SLIPWAY_MODELS: example('digits') },
    health: '/ping',
    predict: '/invocations',
    body: [row],
  },
] as const

for (const { platform, env, health, predict, body } of CASES) {
  test(`${platform}: what its variables name is served on its routes, and the log says that nobody is asked for a key`, async () => {
    // An address of this machine alone is stronger than the platform's, so that no test can be reached from elsewhere.
    const slipway = await startSlipway({ paths: [], flags: ['--host', '127.0.0.1'], env: { ...env, SLIPWAY_REPLICAS_COUNT: '1' } })
    try {
      assert.equal((await fetch(`${slipway.url}${health}`)).status, 200)
      const answer = await fetch(`${slipway.url}${predict}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const value = (await answer.json()) as number[][] | { readonly predictions: number[][] }
      const [scores = []] = Array.isArray(value) ? value : value.predictions
      assert.equal(scores.indexOf(Math.max(...scores)), 3, JSON.stringify(value))
      const [line] = slipway.logs().filter((entry) => entry.platform === platform)
      assert.equal(line?.level, 'warn')
      assert.match(String(line?.msg), /nobody is asked for a key/)
    } finally {
      assert.equal(await slipway.stop(), 0)
    }
  })
}
