/** A device that there is not, by the real command: refused, given up for the CPU, and counted. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ModelInfo } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { FIXTURES, startSlipway } from '../support/e2e/slipway-process.ts'

const home = mkdtempSync(join(tmpdir(), 'slipway-providers-'))
after(() => rmSync(home, { recursive: true, force: true }))

function put(model: string, providers: string): void {
  mkdirSync(join(home, 'models', model, '1'), { recursive: true })
  copyFileSync(join(FIXTURES, 'echo.onnx'), join(home, 'models', model, '1', 'model.onnx'))
  writeFileSync(join(home, 'models', model, 'model.yaml'), `replicas: { providers: ${providers} }\n`)
}

test(
  'a missing provider is given up for the CPU by who allows it, refuses who does not, and is said everywhere',
  needs('linux'),
  async () => {
    put('allows', '[{ name: fake, options: { fails: missing-libraries } }, cpu]')
    put('strict', '[{ name: fake, options: { fails: missing-libraries } }]')
    put('holds', '[{ name: fake, memoryBytes: 3GB }]')
    const settings = join(home, 'slipway.yaml')
    writeFileSync(settings, 'models: ./models\nstore: { url: "memory:" }\ndevices: [{ id: 0, memoryBytes: 4GB }]\n')
    const slipway = await startSlipway({ paths: [], flags: ['--config', settings] })
    try {
      const { models } = (await (await fetch(`${slipway.url}/api/v1/models`)).json()) as { models: readonly ModelInfo[] }
      const named = (name: string) => models.find((model) => model.name === name) as ModelInfo
      assert.equal(named('allows').plan.provider, 'cpu')
      assert.match(named('allows').plan.fallback ?? '', /libonnxruntime_providers_fake\.so/)
      assert.equal(named('holds').plan.provider, 'fake')
      assert.match(named('strict').versions[0]?.reason ?? '', /ONNXRUNTIME_NODE_INSTALL/)
      assert.ok(slipway.logs().some(({ event, model }) => event === 'provider-fallback' && model === 'allows'))
      assert.match(slipway.printed(), /runs by cpu, not by fake: fake on device 0 cannot be used/)
      const metrics = await (await fetch(`${slipway.url}/metrics`)).text()
      assert.match(metrics, /slipway_execution_provider\{model="allows",version="1",provider="cpu",wanted="fake"\} 1/)
      const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] })
      const ask = (model: string) => fetch(`${slipway.url}/v2/models/${model}/infer`, { method: 'POST', body })
      for (const model of ['allows', 'holds']) assert.equal((await ask(model)).status, 200, model)
      const refused = await ask('strict')
      assert.equal(refused.status, 503)
      const told = await refused.text()
      assert.match(told, /libonnxruntime_providers_fake\.so/)
      assert.doesNotMatch(told, /\/(?:node_modules|work|home|tmp)\b/)
      assert.ok(
        slipway.logs().some(({ line }) => /looked in \/.*onnxruntime-node/.test(String(line))),
        'the log says where',
      )
    } finally {
      await slipway.stop()
    }
  },
)
