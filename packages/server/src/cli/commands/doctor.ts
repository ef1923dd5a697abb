import { readMachine } from '../../base/machine.ts'
import { checks } from '../checks/catalog.ts'
import type { Check, CheckContext, Finding } from '../checks/check.ts'
import { type Command, defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import type { Output, Style } from '../output.ts'
import { describeFailure } from '../packages.ts'
import { loadSettings } from '../settings.ts'

export const doctor: Command = defineCommand({
  name: 'doctor',
  summary: 'Checks this machine and project; each failing check names the fix.',
  takes: '[PATH…]',
  counts: [0, Number.POSITIVE_INFINITY],
  options: {
    host: { type: 'string', value: 'ADDRESS', help: 'The address that would be listened on.' },
    port: { type: 'number', value: 'PORT', help: 'The port that would be listened on.' },
    config: { type: 'string', value: 'FILE', help: 'A settings file to read in place of slipway.yaml.' },
  },
  examples: [
    ['slipway doctor', 'this machine, and the project in this folder'],
    ['slipway doctor model.onnx', 'with a model that is to be served'],
  ],
  run: async ({ options, paths }, { output }) => {
    const context = await look(paths, { config: options.config, flags: { host: options.host, port: options.port } })
    const progress = output.json || output.width === undefined ? undefined : output.progress('Checking', checks.length)
    const findings: { readonly name: string; readonly finding: Finding }[] = []
    for (const check of checks) {
      findings.push({ name: check.name, finding: await attempt(check, context) })
      progress?.at(findings.length)
    }
    progress?.end()
    const failed = findings.filter(({ finding }) => finding.status === 'failed').length
    if (output.json) output.document({ ok: failed === 0, checks: findings.map(({ name, finding }) => ({ name, ...finding })) })
    else print(output, findings)
    return failed === 0 ? EXIT.ok : EXIT.failed
  },
})

async function look(
  paths: readonly string[],
  request: { config: string | undefined; flags: Record<string, unknown> },
): Promise<CheckContext> {
  const machine = readMachine()
  try {
    const settings = await loadSettings({ paths, ...request })
    return { paths: settings.paths, machine, config: settings.loaded }
  } catch (error) {
    return { paths, machine, config: error instanceof Error ? error : new Error(String(error)) }
  }
}

async function attempt(check: Check, context: CheckContext): Promise<Finding> {
  try {
    return await check.run(context)
  } catch (error) {
    return { status: 'failed', what: 'could not be checked', why: describeFailure(error), next: 'SLIPWAY_LOG_LEVEL=debug slipway doctor' }
  }
}

const MARKS: Readonly<Record<Finding['status'], readonly [string, Style]>> = {
  ok: ['✔', 'green'],
  warning: ['!', 'yellow'],
  failed: ['✘', 'red'],
}

function print(output: Output, findings: readonly { readonly name: string; readonly finding: Finding }[]): void {
  const width = Math.max(...findings.map(({ name }) => name.length))
  for (const { name, finding } of findings) {
    const [mark, style] = MARKS[finding.status]
    output.line(
      `${output.paint(style, mark)} ${name.padEnd(width)}  ${output.paint(finding.status === 'ok' ? 'dim' : style, finding.what)}`,
    )
    if (finding.status === 'ok') continue
    const indent = ' '.repeat(width + 4)
    for (const why of finding.why.split('\n')) output.line(indent + output.paint('dim', why))
    output.line(`${indent}→ ${output.paint('bold', finding.next)}`)
  }
  const count = (status: Finding['status']) => findings.filter(({ finding }) => finding.status === status).length
  output.line()
  output.line(`${count('ok')} in order, ${count('warning')} could be better, ${count('failed')} failed.`)
}
