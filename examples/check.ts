/**
 * Runs every golden example of every example model and exits with 1 when an answer is off.
 *
 *     node examples/check.ts                               in onnxruntime, without a server
 *     node examples/check.ts --url http://127.0.0.1:8080   over HTTP, against `npm start`
 */
import { parseArgs } from 'node:util'
import { askRuntime } from './check/ask-runtime.ts'
import { askServer } from './check/ask-server.ts'
import { checkExamples } from './check/run.ts'

const { url } = parseArgs({ options: { url: { type: 'string' } } }).values
const findings = await checkExamples({
  path: import.meta.dirname,
  open: url === undefined ? askRuntime : (model) => askServer(url, model),
})
for (const { model, example, wrong } of findings) {
  process.stdout.write(`${wrong.length === 0 ? 'ok  ' : 'FAIL'}  ${model}/${example}\n`)
  for (const sentence of wrong) process.stdout.write(`      ${sentence}\n`)
}
const failures = findings.filter(({ wrong }) => wrong.length > 0).length
process.stdout.write(`${findings.length - failures} of ${findings.length} right\n`)
process.exitCode = failures === 0 ? 0 : 1
