/** Writes TypeScript types for the models of a server, so that names and datatypes are checked where they are used. */
import { describeSpec, type InputInfo, type ModelInfo, type OutputInfo } from '@slipway/protocol'

const HEADER = `// Written by "slipway client --out" from the models of a server; write it again when they change.
import type { EncodedInput, InputOf, OutputOf } from '@slipway/client'
`

/**
 * The text of a .ts file with one interface per model and `Models`, which holds them by name:
 * `new Slipway<Models>(url).model('digits')` then knows its inputs and outputs. The same models give the same text.
 */
export function typesFor(models: readonly ModelInfo[]): string {
  const sorted = [...models].sort((a, b) => (a.name < b.name ? -1 : 1))
  const names = interfaceNames(sorted)
  const interfaces = sorted.map((model) => modelInterface(model, names.get(model.name) ?? ''))
  const entries = sorted.map((model) => `  readonly ${key(model.name)}: ${names.get(model.name)}\n`)
  const all = `/** Every model by its name. */\nexport interface Models {\n${entries.join('')}}\n`
  return [usedImports(interfaces.join('')), ...interfaces, all].join('\n')
}

/** Unused imports are errors in many projects. */
function usedImports(text: string): string {
  const used = ['EncodedInput', 'InputOf', 'OutputOf'].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(text.replaceAll(/\/\*\*.*?\*\//gs, '')),
  )
  return HEADER.replace(/^import .*\n/m, used.length === 0 ? '' : `import type { ${used.join(', ')} } from '@slipway/client'\n`)
}

function modelInterface(model: ModelInfo, name: string): string {
  const about = [model.description, `Model ${model.name}${model.serving === undefined ? '' : `, version ${model.serving}`}.`]
  return `${comment(about.filter((line) => line !== '').join('\n'), '')}export interface ${name} {
  readonly inputs: {
${model.inputs.map(inputLine).join('')}  }
  readonly outputs: {
${model.outputs.map(outputLine).join('')}  }
}
`
}

function inputLine(input: InputInfo): string {
  const encoded = input.as.kind === 'image' ? ' | EncodedInput' : ''
  const names = input.as.kind === 'features' ? `\nColumns: ${input.as.names.join(', ')}` : ''
  const optional = input.optional === true ? '?' : ''
  return `${comment(describeSpec(input) + names, '    ')}    readonly ${key(input.name)}${optional}: InputOf<'${input.datatype}'>${encoded}\n`
}

function outputLine(output: OutputInfo): string {
  const labels = output.as.kind === 'scores' ? `\nLabels: ${output.as.labels.join(', ')}` : ''
  return `${comment(describeSpec(output) + labels, '    ')}    readonly ${key(output.name)}: OutputOf<'${output.datatype}'>\n`
}

/** What a model says of itself must not be able to end the comment it stands in. */
function comment(text: string, indent: string): string {
  const lines = text.replaceAll('*/', '*\\/').split(/[\r\n\u2028\u2029]+/)
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`
}

function key(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : quote(name)
}

/** A string literal in single quotes; JSON's escapes are TypeScript's too. */
function quote(name: string): string {
  return `'${JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** `read-number` becomes `ReadNumber`; what would clash gets a number. */
function interfaceNames(models: readonly ModelInfo[]): ReadonlyMap<string, string> {
  const taken = new Set(['Models', 'EncodedInput', 'InputOf', 'OutputOf'])
  const names = new Map<string, string>()
  for (const { name } of models) {
    const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
    const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
    const base = /^[A-Za-z]/.test(pascal) ? pascal : `Model${pascal}`
    let free = base
    for (let copy = 2; taken.has(free); copy++) free = `${base}${copy}`
    taken.add(free)
    names.set(name, free)
  }
  return names
}
