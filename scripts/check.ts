/** `npm run check`: format, lint, types, dead code and walls; nothing that starts a server. */
import { Report } from './reporter.ts'
import { findTests, runWave } from './test-run.ts'

const report = new Report((line) => void process.stdout.write(`${line}\n`))
await runWave({ files: [...findTests('scripts/test/checks'), ...findTests('server/test/walls')], concurrency: 1 }, report)
process.exitCode = report.close('strict') ? 0 : 1
