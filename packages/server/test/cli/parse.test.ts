import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineCommand } from '../../src/cli/command.ts'
import { CommandError, EXIT } from '../../src/cli/exit.ts'
import { commandHelp, programHelp } from '../../src/cli/help.ts'
import { parseLine } from '../../src/cli/parse.ts'

const command = defineCommand({
  name: 'bake',
  summary: 'Bakes bread.',
  takes: '[LOAF…]',
  counts: [0, 2],
  options: {
    oven: { type: 'string', short: 'o', value: 'NAME', help: 'Which oven.' },
    heat: { type: 'number', value: 'DEGREES', help: 'How hot.', default: 220 },
    crust: { type: 'string', oneOf: ['soft', 'hard'], help: 'How crisp.' },
    steam: { type: 'boolean', help: 'With steam.' },
  },
  examples: [['slipway bake rye', 'bakes a rye bread']],
  run: async () => EXIT.ok,
})

function refusal(...args: string[]): string {
  try {
    parseLine(command, args)
  } catch (error) {
    assert.ok(error instanceof CommandError)
    assert.equal(error.exit, EXIT.usage)
    return error.message
  }
  return assert.fail(`${args.join(' ')} was accepted`)
}

test('options get their types, their defaults and their short names', () => {
  const { options, paths, json, help } = parseLine(command, ['rye', '-o', 'big', '--heat', '-5.5', '--steam', '--json', 'oat'])
  assert.deepEqual({ ...options }, { oven: 'big', heat: -5.5, crust: undefined, steam: true })
  assert.deepEqual(paths, ['rye', 'oat'])
  assert.equal(json, true)
  assert.equal(help, false)
  assert.deepEqual({ ...parseLine(command, []).options }, { oven: undefined, heat: 220, crust: undefined, steam: false })
})

test('what follows two dashes is no option, and a lone dash is an argument', () => {
  assert.deepEqual(parseLine(command, ['--', '--steam']).paths, ['--steam'])
  assert.deepEqual(parseLine(command, ['-']).paths, ['-'])
  assert.equal(parseLine(command, ['--oven', '-']).options.oven, '-')
  assert.equal(parseLine(command, ['--oven=--odd']).options.oven, '--odd')
})

test('an unknown option is answered with the one that was meant', () => {
  assert.equal(refusal('--haet', '3'), 'slipway bake has no option "--haet"; did you mean --heat?')
  assert.match(refusal('--zzzzzz'), /"slipway bake --help" lists what it takes/)
  assert.match(refusal('-x'), /has no option "-x"/)
  assert.match(refusal('--__proto__'), /has no option "--__proto__"/)
  assert.match(refusal('--toString'), /has no option/)
})

test('a missing, wrong or superfluous value is refused by name', () => {
  assert.match(refusal('--oven'), /option --oven of slipway bake needs NAME/)
  assert.match(refusal('--oven', '--steam'), /needs NAME/)
  assert.match(refusal('--heat', 'warm'), /needs a number, not "warm"/)
  assert.match(refusal('--heat='), /needs DEGREES/)
  assert.match(refusal('--crust', 'hrad'), /must be one of soft, hard, not "hrad"; did you mean hard\?/)
  assert.match(refusal('--steam=yes'), /takes no value, but was given "yes"/)
})

test('too many arguments are refused, unless help is asked for', () => {
  assert.match(refusal('a', 'b', 'c'), /takes \[LOAF…\], 2 at most, but was given 3/)
  assert.equal(parseLine(command, ['a', 'b', 'c', '-h']).help, true)
})

test('the help of a command names every option, its default, an example and the exit codes', () => {
  const help = commandHelp(command)
  for (const part of [
    '--oven NAME',
    '-o,',
    'Default: 220.',
    '--crust soft|hard',
    '--json',
    '-h, --help',
    'slipway bake rye',
    '3 not found',
  ])
    assert.ok(help.includes(part), `${part} in\n${help}`)
  assert.ok(programHelp([command]).includes('slipway bake [LOAF…]  Bakes bread.'))
})
