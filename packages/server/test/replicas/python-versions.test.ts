/** The Python programs on every interpreter that they are said to run on. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { needs } from '../../../../scripts/requirement.ts'
import { OLDEST_TEXT } from '../../src/environments/python-version.ts'
import { testWorkerCore } from '../contract/worker-core.ts'
import { pythonWorker } from '../support/echo-worker.ts'
import { interpreterFolder } from '../support/python.ts'

const PROGRAMS = join(import.meta.dirname, '..', '..', 'python')
const MINORS = ['3.9', '3.10', '3.11', '3.12', '3.13']
const FOUND = MINORS.filter((minor) => interpreterFolder(minor) !== undefined)
const PARSE = 'import ast, sys; ast.parse(sys.stdin.read(), feature_version=tuple(map(int, sys.argv[1].split("."))))'

describe('Python', needs('python'), () => {
  const parses = (text: string) => spawnSync('python3', ['-c', PARSE, OLDEST_TEXT], { input: text, encoding: 'utf8' })

  test(`every program is written in Python ${OLDEST_TEXT}`, (context) => {
    // One is required and tested with the others' suite; a machine with all five is the exception.
    for (const minor of MINORS) if (!FOUND.includes(minor)) context.diagnostic(`no Python ${minor} here: the worker is not tested on it`)
    assert.match(parses('match x:\n    case 1: pass\n').stderr, /SyntaxError/)
    const programs = readdirSync(PROGRAMS).filter((name) => name.endsWith('.py'))
    assert.ok(programs.includes('slipway_worker.py') && programs.includes('slipway_convert.py'))
    for (const name of programs) assert.equal(parses(readFileSync(join(PROGRAMS, name), 'utf8')).stderr, '', name)
  })
})

for (const minor of FOUND) testWorkerCore(pythonWorker(minor))
