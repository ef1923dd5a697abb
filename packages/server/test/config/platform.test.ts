import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { folderWith } from '../support/temporary-folder.ts'

interface Case {
  readonly env?: Readonly<Record<string, string>>
  /** Paths below the platform's root. */
  readonly files?: Readonly<Record<string, string>>
  readonly yaml?: string
  readonly named?: true
  readonly flags?: Readonly<Record<string, unknown>>
}

async function configOf({ env = {}, files = {}, yaml, named, flags = {} }: Case) {
  const root = await folderWith(files)
  const folder = await folderWith(yaml === undefined ? {} : { 'slipway.yaml': yaml })
  const { config, origins } = await loadConfig({ folder, env, flags, platform: { root, named: named ?? false } })
  return { config, origins, root }
}

const MODEL = { 'opt/ml/model/1/model.onnx': 'octets' }

test('without a marker nothing changes, and nothing is looked for unless a server starts', async () => {
  const { config } = await configOf({})
  assert.deepEqual([config.host, config.port, config.insecure, config.models], ['127.0.0.1', 8080, false, []])
  assert.deepEqual(config.platform, { kind: 'none', multiModel: false })
  const { config: other } = await loadConfig({ folder: await folderWith({}), env: { SAGEMAKER_BIND_TO_PORT: '9000' } })
  assert.equal(other.platform.kind, 'none')
})

test('SageMaker: its folder is served on every address, on the port it says', async () => {
  const { config, origins, root } = await configOf({ files: MODEL })
  assert.deepEqual([config.host, config.port, config.insecure], ['0.0.0.0', 8080, true])
  assert.deepEqual(config.models, [join(root, 'opt/ml/model')])
  assert.deepEqual(config.platform, { kind: 'sagemaker', multiModel: false })
  assert.deepEqual([origins.get('host'), origins.get('models'), origins.get('log.level')], ['platform', 'platform', 'default'])
  const bound = await configOf({ files: MODEL, env: { SAGEMAKER_BIND_TO_PORT: '9000' } })
  assert.equal(bound.config.port, 9000)
})

test('a folder alone is no marker where a model was named', async () => {
  for (const one of [{ named: true }, { yaml: 'models: ./mine\n' }, { env: { SLIPWAY_MODELS: 'mine' } }] as const) {
    const { config } = await configOf({ files: MODEL, ...one })
    assert.deepEqual([config.host, config.platform.kind], ['127.0.0.1', 'none'], JSON.stringify(one))
  }
  const { config } = await configOf({ files: MODEL, named: true, env: { SAGEMAKER_BIND_TO_PORT: '9000' } })
  assert.deepEqual([config.host, config.port, config.models], ['0.0.0.0', 9000, []])
})

test('SageMaker with many models serves none until it is given them', async () => {
  const { config } = await configOf({ files: MODEL, env: { SAGEMAKER_MULTI_MODEL: 'true' } })
  assert.deepEqual(config.models, [])
  assert.deepEqual(config.platform, { kind: 'sagemaker', multiModel: true })
})

test('Vertex AI: port and routes from its variables, a model from a folder', async () => {
  const env = { AIP_HTTP_PORT: '7080', AIP_PREDICT_ROUTE: '/predict', AIP_HEALTH_ROUTE: '/health', AIP_STORAGE_URI: '/models/digits' }
  const { config } = await configOf({ env })
  assert.deepEqual([config.host, config.port, config.insecure, config.models], ['0.0.0.0', 7080, true, ['/models/digits']])
  assert.deepEqual(config.platform, { kind: 'vertex', multiModel: false, predictRoute: '/predict', healthRoute: '/health' })
  await assert.rejects(
    configOf({ env: { ...env, AIP_STORAGE_URI: 'gs://bucket/model' } }),
    /AIP_STORAGE_URI is "gs:\/\/bucket\/model".*folders only/,
  )
  const named = await configOf({ env: { ...env, AIP_STORAGE_URI: 'gs://bucket/model' }, named: true })
  assert.equal(named.config.platform.kind, 'vertex')
  await assert.rejects(configOf({ env: { ...env, AIP_PREDICT_ROUTE: 'predict' } }), /predictRoute.*begins with \//)
})

test('Azure ML: its folder, on its port', async () => {
  const { config } = await configOf({ env: { AZUREML_MODEL_DIR: '/var/azureml-app/models/digits' } })
  assert.deepEqual([config.host, config.port, config.models], ['0.0.0.0', 5001, ['/var/azureml-app/models/digits']])
  assert.equal(config.platform.kind, 'azure')
})

test('the platform is stronger than the file, a variable or a flag of ours is stronger than the platform', async () => {
  const { config, origins } = await configOf({
    files: MODEL,
    yaml: 'port: 1111\nhost: 127.0.0.1\nlog: { level: debug }\n',
    env: { SLIPWAY_HOST: '10.0.0.1' },
    flags: { 'limits.runMs': 7 },
  })
  assert.deepEqual([config.port, config.host, config.log.level], [8080, '10.0.0.1', 'debug'])
  assert.deepEqual([origins.get('port'), origins.get('host'), origins.get('limits.runMs')], ['platform', 'env', 'flag'])
  const flagged = await configOf({ files: MODEL, flags: { port: 2222 } })
  assert.equal(flagged.config.port, 2222)
})

test('a port that is none is refused by the name of its variable', () =>
  assert.rejects(configOf({ env: { SAGEMAKER_BIND_TO_PORT: '80a' } }), /SAGEMAKER_BIND_TO_PORT is "80a"; expected a port/))
