/** Run as a process of its own: ensures one environment and prints what it does, a line for each. */
import { systemClock } from '../../src/base/clock.ts'
import { toolVariables } from '../../src/config/load.ts'
import { createEnvironments } from '../../src/environments/environments.ts'

const [folder = '', spec = ''] = process.argv.slice(2)
const environments = createEnvironments({ folder, build: 'auto', clock: systemClock, env: toolVariables() })
const { id, builtAt } = await environments.ensure(JSON.parse(spec), { onProgress: (step) => process.stdout.write(`${step}\n`) })
process.stdout.write(`${id} ${builtAt}\n`)
