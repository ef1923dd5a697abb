/** `npm start`: builds the web UI if it is stale, then `slipway serve examples` with the further arguments. */
import { buildUi } from './ui-build.ts'
import { inRoot } from './workspace.ts'

try {
  await buildUi()
} catch (error) {
  process.stderr.write(`The web UI could not be built, so nothing is served.\n${(error as Error).message}\n`)
  process.exit(1)
}
// In this process, so that signals reach the command and its exit code comes back without a go-between.
const command = inRoot('packages', 'server', 'src', 'cli', 'main.ts')
process.argv = [process.argv[0] as string, command, 'serve', inRoot('examples'), ...process.argv.slice(2)]
await import(command)
