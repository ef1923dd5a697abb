/** Outputs as V2's JSON has them, and how far two answers are apart. */

export interface JsonOutput {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  /** Flat, or nested as the shape is. */
  readonly data: readonly unknown[]
}

/** The outputs of a V2 answer; throws when it is none. */
export function outputsOf(answer: unknown): readonly JsonOutput[] {
  const outputs = typeof answer === 'object' && answer !== null && 'outputs' in answer ? answer.outputs : undefined
  if (!Array.isArray(outputs)) throw new TypeError(`expected an answer with "outputs", got ${JSON.stringify(answer)?.slice(0, 200)}`)
  return outputs as readonly JsonOutput[]
}

/** One sentence for each output that is not as expected; none when the answers agree. */
export function differences(expected: readonly JsonOutput[], given: readonly JsonOutput[], tolerance: number): readonly string[] {
  return expected.flatMap((wanted) => {
    const got = given.find(({ name }) => name === wanted.name)
    if (got === undefined) return [`output "${wanted.name}" is missing; there is ${given.map(({ name }) => `"${name}"`).join(', ')}`]
    const difference = differenceOf(wanted, got, tolerance)
    return difference === undefined ? [] : [`output "${wanted.name}": ${difference}`]
  })
}

function differenceOf(wanted: JsonOutput, got: JsonOutput, tolerance: number): string | undefined {
  const [wantedSpec, gotSpec] = [wanted, got].map(({ datatype, shape }) => `${datatype} [${shape.join(', ')}]`)
  if (wantedSpec !== gotSpec) return `expected ${wantedSpec}, got ${gotSpec}`
  const [wantedData, gotData] = [wanted.data.flat(Infinity), got.data.flat(Infinity)]
  if (wantedData.length !== gotData.length) return `expected ${wantedData.length} elements, got ${gotData.length}`
  const at = wantedData.findIndex((value, index) => !agree(value, gotData[index], tolerance))
  return at < 0
    ? undefined
    : `element ${at} should be ${JSON.stringify(wantedData[at])} within ${tolerance}, is ${JSON.stringify(gotData[at])}`
}

function agree(wanted: unknown, got: unknown, tolerance: number): boolean {
  if (typeof wanted === 'number' && typeof got === 'number') return Math.abs(wanted - got) <= tolerance
  return wanted === got
}
