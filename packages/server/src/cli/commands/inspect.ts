import { describeSpec, type TensorSpec } from '@slipway/protocol'
import { PACKAGER_NAMES } from '../../config/packager.ts'
import { providerText } from '../../config/provider.ts'
import type { Config } from '../../config/schema.ts'
import type { PythonFacts } from '../../models/facts.ts'
import type { ModelPackage } from '../../models/package.ts'
import type { Execution } from '../../serving/execution.ts'
import { count } from '../banner.ts'
import { type Command, defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import type { Output } from '../output.ts'
import { describeFailure, type OpenedModels, openModels } from '../packages.ts'
import { loadSettings } from '../settings.ts'
import { sizeText } from '../size-text.ts'

export const inspect: Command = defineCommand({
  name: 'inspect',
  summary: 'Signature, opset, operators, parameters, size; batchable or not and why; what is rewritten.',
  takes: 'PATH',
  counts: [1, 1],
  options: {
    static: {
      type: 'boolean',
      help: 'Only read the files; without it, a model is also opened and run to see whether its rows may be batched.',
    },
    model: { type: 'string', short: 'm', value: 'NAME', help: 'Tell of this model of a repository in full.' },
  },
  examples: [
    ['slipway inspect model.onnx', 'everything that is known of a file without running it'],
    ['slipway inspect models/', 'the models of a repository'],
    ['slipway inspect models/ --model digits --json', 'one of them, as JSON'],
  ],
  run: async ({ options, paths }, { output }) => {
    const settings = await loadSettings({ paths })
    await using opened = await openModels(settings.paths, {
      only: options.model,
      config: configOf(settings.loaded.config, options.static),
      note: output.note,
    })
    const [only] = opened.packages
    if (opened.found.length > 1 || only === undefined) {
      if (opened.found.length === 1 && opened.failures[0] !== undefined) throw opened.failures[0].error
      printMany(output, opened)
      return opened.failures.length === 0 ? EXIT.ok : EXIT.failed
    }
    const verdict = options.static ? undefined : await judge(only, settings.loaded.config)
    if (output.json) output.document({ ...toDocument(only), ...(verdict === undefined ? {} : { verdict }) })
    else printOne(output, only, verdict)
    return verdict?.opens === false ? EXIT.failed : EXIT.ok
  },
})

/** What only a run can tell. */
type Verdict =
  | {
      readonly opens: true
      readonly batching: { readonly on: boolean; readonly maxRows: number; readonly why: string }
      readonly execution: Execution
    }
  | { readonly opens: false; readonly why: string }

async function judge(model: ModelPackage, config: Config): Promise<Verdict> {
  try {
    // Loaded only for a run: reading files needs nothing of the server.
    const { openTrial } = await import('../trial.ts')
    await using trial = await openTrial(model, config, { golden: true })
    const { batching, execution } = trial.revision
    return { opens: true, batching, execution }
  } catch (error) {
    return { opens: false, why: describeFailure(error) }
  }
}

function printMany(output: Output, { packages, failures }: OpenedModels): void {
  if (output.json) {
    const failed = failures.map(({ name, error }) => ({ name, error: describeFailure(error) }))
    output.document({ models: packages.map(toDocument), failed })
    return
  }
  const specs = (list: readonly TensorSpec[]) => list.map((spec) => `${spec.name}: ${describeSpec(spec)}`).join(', ')
  output.table(
    [
      { heading: 'Model' },
      { heading: 'Version' },
      { heading: 'Task' },
      { heading: 'Size', align: 'right' },
      { heading: 'Inputs → outputs' },
    ],
    packages.map((model) => [
      model.name,
      model.version,
      model.task,
      sizeText(model.facts.sizeBytes),
      `${specs(model.inputs)} → ${specs(model.outputs)}`,
    ]),
  )
  for (const { name, error } of failures) output.line(output.paint('red', `${name} cannot be served: ${describeFailure(error)}`))
}

function printOne(output: Output, model: ModelPackage, verdict: Verdict | undefined): void {
  const { line, paint } = output
  line(`${paint('bold', model.name)}  version ${model.version}  ${paint('dim', model.task)}`)
  if (model.manifest.description) line(paint('dim', model.manifest.description))
  const facts: (readonly [string, string])[] = [
    ...(model.onnx === undefined ? [] : onnxFacts(model.onnx)),
    ...(model.python === undefined ? [] : pythonFacts(model.python, model.facts.sizeBytes)),
    ['Converted', convertedText(model.manifest)],
    ['Runs by', verdict?.opens === true && model.python === undefined ? executionText(verdict.execution) : ''],
    ['Batching', batchText(model, verdict)],
    ['Digest', model.digest],
    [
      'Metrics',
      Object.entries(model.manifest.metrics ?? {})
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ],
    ['Examples', String(model.examples.length)],
  ]
  for (const [name, text] of facts) if (text !== '') line(`  ${paint('dim', name.padEnd(11))} ${paint('plain', text)}`)
  printSignature(output, model)
  if (model.onnx !== undefined) printGraph(output, model.onnx)
  const packages = model.python?.environment.packages ?? []
  printList(
    output,
    'Packages of its environment',
    packages.map(({ name, version }) => `${name} ${version}`),
  )
  printList(output, 'Warnings', model.warnings)
  if (verdict?.opens === false) output.line(`\n${paint('red', `It cannot be served: ${verdict.why}`)}`)
}

function convertedText({ converted }: ModelPackage['manifest']): string {
  if (converted === undefined) return ''
  const { from, by, maxDifference, rows } = converted
  return `from ${from} by ${by}; answers differ by at most ${maxDifference} on ${rows} rows`
}

type Onnx = NonNullable<ModelPackage['onnx']>

const onnxFacts = (onnx: Onnx): readonly (readonly [string, string])[] => [
  ['Size', `${sizeText(onnx.sizeBytes)}, ${count(onnx.parameters, 'parameter')}`],
  ['Opset', onnx.opsets.map(({ domain, version }) => `${domain === '' ? 'ai.onnx' : domain} ${version}`).join(', ')],
  ['Producer', `${onnx.producer === '' ? 'unknown' : onnx.producer} (IR version ${onnx.irVersion})`],
]

const pythonFacts = ({ packager, entry, environment, from }: PythonFacts, bytes: number): readonly (readonly [string, string])[] => [
  ['Size', sizeText(bytes)],
  ['Project', `${PACKAGER_NAMES[packager]}, ${entry}`],
  ['Python', `${environment.pythonVersion} in environment ${environment.id}`],
  ['Needs', environment.source === '' ? 'no list of packages' : `as ${environment.source} says`],
  ['Signature', `inputs from ${from.inputs}, outputs from ${from.outputs}`],
]

function printGraph(output: Output, onnx: Onnx): void {
  output.line()
  output.table(
    [{ heading: 'Operator' }, { heading: 'Uses', align: 'right' }, { heading: 'Domain' }],
    onnx.operators.map((use) => [use.name, String(use.count), use.domain === '' ? 'ai.onnx' : use.domain]),
  )
  printList(
    output,
    'External data',
    onnx.externalFiles.map(({ path, bytes }) => `${path} (${sizeText(bytes)})`),
  )
  printList(output, 'Rewritten so that it serves as plain tensors', onnx.rewrites)
}

function printSignature(output: Output, { inputs, outputs }: ModelPackage): void {
  const row = (way: string, spec: TensorSpec & { readonly as: { readonly kind: string } }) => [
    way,
    spec.name,
    describeSpec(spec) + (spec.optional === true ? ', optional' : ''),
    spec.as.kind,
  ]
  output.line()
  output.table(
    [{ heading: 'Way' }, { heading: 'Name' }, { heading: 'Tensor' }, { heading: 'As' }],
    [...inputs.map((spec) => row('in', spec)), ...outputs.map((spec) => row('out', spec))],
  )
}

function printList(output: Output, heading: string, items: readonly string[]): void {
  if (items.length === 0) return
  output.line()
  output.line(output.paint('dim', heading))
  for (const item of items) output.line(`  ${output.paint('plain', item)}`)
}

function batchText({ facts: { batch } }: ModelPackage, verdict: Verdict | undefined): string {
  if (verdict?.opens === true) {
    const { on, maxRows, why } = verdict.batching
    return on ? `up to ${maxRows} rows in one run: ${why}` : `off: ${why}`
  }
  return batch.batchable ? `possible along "${batch.symbol}" if a run agrees` : `off: ${batch.why}`
}

function executionText({ providers, fallback }: Execution): string {
  const by = providers.map(providerText).join(', ')
  return fallback === undefined ? by : `${by}, since ${fallback}`
}

function toDocument(model: ModelPackage): Record<string, unknown> {
  const { signature: _, defaults: __, ...facts } = model.facts
  const { signature: ___, defaults: ____, ...onnx } = model.onnx ?? {}
  const { python } = model
  return {
    name: model.name,
    version: model.version,
    digest: model.digest,
    task: model.task,
    description: model.manifest.description ?? '',
    metrics: model.manifest.metrics ?? {},
    ...(model.manifest.converted === undefined ? {} : { converted: model.manifest.converted }),
    inputs: model.inputs,
    outputs: model.outputs,
    ...facts,
    ...onnx,
    ...(model.onnx === undefined ? {} : { rewritten: model.facts.rewrites.length > 0 }),
    ...(python === undefined ? {} : { python: pythonDocument(python) }),
    examples: model.examples.map(({ name }) => name),
    warnings: model.warnings,
  }
}

/** Without the values of variables, which may be secrets. */
function pythonDocument({ packager, entry, batched, why, from, environment, variables }: PythonFacts): Record<string, unknown> {
  const { id, pythonVersion, packages, source, builtAt } = environment
  return {
    packager,
    entry,
    batched,
    why,
    signatureFrom: from,
    environment: { id, pythonVersion, packages, source, builtAt },
    variables: Object.keys(variables),
  }
}

/** Only reading files, nothing is built. */
function configOf({ environments, ...config }: Config, isStatic: boolean | undefined): Config {
  return { ...config, environments: isStatic === true ? { ...environments, build: 'never' } : environments }
}
