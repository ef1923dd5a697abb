import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tensor } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { testWorker } from '../contract/worker.ts'
import { nodeWorker, pythonSpec, pythonWorker } from '../support/echo-worker.ts'
import { startWorker } from '../support/raw-worker.ts'
import { privateFolder } from '../support/worker-spec.ts'

testWorker(nodeWorker)
testWorker(pythonWorker(), needs('python'))

describe('Python’s worker', needs('python'), () => {
  const outcome = async (model: string) => {
    await using folder = await privateFolder()
    const member = { ...pythonWorker(), spec: () => pythonSpec(folder.path, model) }
    await using started = await startWorker(member)
    const connection = await started.opened(new Map([['x', tensor('BYTES', [1], [Uint8Array.of(65)])]]))
    const said = []
    for (const text of ['break', 'fine']) {
      connection.run(1, new Map([['x', tensor('BYTES', [1], [Buffer.from(text)])]]))
      said.push((await connection.next())?.header)
    }
    return said as { readonly code?: string; readonly message?: string; readonly tensors?: unknown }[]
  }

  for (const [what, statement, message] of [
    ['ends itself', 'sys.exit(4)', /the model failed \(SystemExit at model\.py line 5\)/],
    ['answers a text that UTF-8 cannot write', 'return {"x": ["\\ud800"]}', /no UTF-8/],
    ['raises one', 'raise RuntimeError("\\ud800")', /the model failed \(RuntimeError/],
    ['wants more memory than there is', 'bytearray(2**40)', /the model failed \(MemoryError/],
  ] as const)
    test(`a model that ${what} has failed that run alone`, { timeout: 20_000 }, async () => {
      const [broke, fine] = await outcome(
        `import sys\ndef predict(**inputs):\n    if inputs["x"][0] != "break":\n        return inputs\n    ${statement}\n`,
      )
      assert.equal(broke?.code, 'INTERNAL')
      assert.match(broke?.message ?? '', message)
      assert.deepEqual(fine?.tensors, [['x', 'BYTES', [1], 8]])
    })
})
