/** A process that appends records as fast as it can and prints the number of each once it was acknowledged: node record-writer.ts FILE NAME. */
import { systemClock } from '../../src/base/clock.ts'
import { createRecords } from '../../src/stores/catalog.ts'

const [path = '', name = ''] = process.argv.slice(2)
const numbers = createRecords(path, systemClock).collection<{ readonly by: string; readonly number: number }>('numbers')
for (let number = 0; ; number++) {
  await numbers.append({ by: name, number })
  // Synchronously, so that a number that was printed was acknowledged before the kill.
  if (!process.stdout.write(`${number}\n`)) await new Promise<void>((resolve) => process.stdout.once('drain', resolve))
}
