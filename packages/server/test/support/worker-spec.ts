/** Specs of workers whose model is a behaviour of the echo runtime. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Tensors, tensor } from '@slipway/protocol'
import type { WorkerSpec } from '../../src/replicas/carrier.ts'

export async function privateFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** `behaviour` is what runtimes/echo understands. */
export async function echoSpec(folder: string, behaviour: string): Promise<WorkerSpec> {
  const modelPath = join(folder, `${behaviour.replaceAll(' ', '-')}.echo`)
  await writeFile(modelPath, behaviour)
  const spec = { datatype: 'FP32', shape: [-1, 2], symbols: ['batch', null] } as const
  return {
    runtime: 'echo',
    modelPath,
    threads: 1,
    spinning: false,
    providers: [{ name: 'cpu', options: {} }],
    signature: { inputs: [{ name: 'x', ...spec }], outputs: [{ name: 'y', ...spec }] },
    defaults: new Map(),
    transforms: [],
    memoryBytes: 2 ** 31,
  }
}

export function rows(...values: readonly number[]): Tensors {
  return new Map([['x', tensor('FP32', [values.length, 2], Float32Array.from(values.flatMap((value) => [value, -value])))]])
}

export function firstColumn(outputs: Tensors): readonly number[] {
  const data = outputs.get('y')?.data as Float32Array
  return Array.from(data).filter((_, index) => index % 2 === 0)
}
