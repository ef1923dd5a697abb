/** A program that starts a worker as the server does, prints where it listens and waits to be killed. Its argument: `{ folder, command, env }` as JSON. */
import { createProcessCarrier, type ProcessCarrierOptions } from '../../src/replicas/process.ts'

const options = JSON.parse(process.argv[2] as string) as ProcessCarrierOptions
const worker = await createProcessCarrier(options).spawn(2 ** 31, () => undefined)
process.stdout.write(`${worker.address}\n`)
