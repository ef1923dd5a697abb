/** The tensors that a sample sends: those of the first golden example, else the smallest that the model takes. */
import type { ExampleInfo, GivenTensor, InputInfo } from '@slipway/client'
import { readJson } from '../call/exact-json.ts'
import { flatten, shapeOf } from '../form/nesting.ts'
import { skeleton } from '../form/skeleton.ts'

export function givenTensors(inputs: readonly InputInfo[], examples: readonly ExampleInfo[]): readonly GivenTensor[] {
  for (const { request } of examples) {
    const given = tensorsOf(request, inputs)
    if (given !== undefined) return given
  }
  return inputs.filter(({ optional }) => optional !== true).map(smallest)
}

function tensorsOf(request: unknown, inputs: readonly InputInfo[]): readonly GivenTensor[] | undefined {
  if (typeof request !== 'object' || request === null || !('inputs' in request) || !Array.isArray(request.inputs)) return undefined
  const given = (request.inputs as readonly Readonly<Record<string, unknown>>[]).map(({ name, shape, data }) => {
    const input = inputs.find((one) => one.name === name)
    if (input === undefined || data === undefined) return undefined
    return {
      name: input.name,
      datatype: input.datatype,
      shape: Array.isArray(shape) ? shape.map(Number) : shapeOf(data),
      flat: flatten(data),
    }
  })
  return given.length > 0 && given.every((one) => one !== undefined) ? given : undefined
}

function smallest(input: InputInfo): GivenTensor {
  const value = readJson(skeleton(input))
  return { name: input.name, datatype: input.datatype, shape: shapeOf(value), flat: flatten(value) }
}
