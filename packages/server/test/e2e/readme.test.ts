/** The README's commands, run as they stand there. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { type SlipwayProcess, startSlipway } from '../support/e2e/slipway-process.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const DOCUMENTED = 'http://127.0.0.1:8080'
const run = promisify(execFile)

let server: SlipwayProcess
before(async () => {
  server = await startSlipway({ paths: [join(ROOT, 'examples')] })
})
after(() => server.stop())

const blocks = (language: string) =>
  [...README.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, named]) => named === language).map(([, , block]) => block as string)

test('every curl line of the README answers', async () => {
  const lines = blocks('').filter((block) => block.startsWith('curl'))
  assert.ok(lines.length >= 2)
  const answers = await Promise.all(
    lines.map(async (line) => JSON.parse((await run('sh', ['-c', line.replace(DOCUMENTED, server.url)], { cwd: ROOT })).stdout)),
  )
  assert.deepEqual(answers[0].outputs[0].data, ['setosa'])
  assert.equal(answers[1].labels.probabilities[0][0].label, '7')
})

test('the TypeScript of the README runs and prints what it says', async () => {
  const [code] = blocks('ts')
  const file = join(ROOT, 'packages', 'server', `readme-${process.pid}.ts`)
  writeFileSync(file, (code as string).replace(DOCUMENTED, server.url))
  try {
    const { stdout } = await run(process.execPath, [file])
    const [first] = /Float32Array.*?\[\s*([\d.]+)/.exec(stdout)?.slice(1) ?? []
    assert.match(code as string, new RegExp(`\\[${Number(first).toFixed(3)}`))
  } finally {
    rmSync(file)
  }
})

test('every file that the README links to is there', () => {
  for (const [, path] of README.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
    assert.doesNotThrow(() => readFileSync(join(ROOT, path as string)), path)
})

test('the README names the two commands, and npm knows what they call', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  for (const script of ['start', 'test']) {
    assert.ok(README.includes(`npm ci && npm ${script}`))
    assert.ok(script in scripts)
  }
})
