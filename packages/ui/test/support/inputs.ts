/** Inputs of the kinds that models declare, for tests of what is made from them. */
import type { InputInfo, InputKind } from '@slipway/client'

const symbolsOf = (shape: readonly number[]) => shape.map((size) => (size < 0 ? 'batch' : null))

export function tensorInput(name: string, datatype: InputInfo['datatype'], shape: readonly number[]): InputInfo {
  return { name, datatype, shape, symbols: symbolsOf(shape), as: { kind: 'tensor' } }
}

export function textInput(name: string, shape: readonly number[]): InputInfo {
  return { ...tensorInput(name, 'BYTES', shape), as: { kind: 'text' } }
}

export function featuresInput(name: string, names: readonly string[], shape: readonly number[] = [-1, names.length]): InputInfo {
  return { ...tensorInput(name, 'FP32', shape), as: { kind: 'features', names } }
}

export function imageKind(
  more: Partial<Extract<InputKind, { readonly kind: 'image' }>> = {},
): Extract<InputKind, { readonly kind: 'image' }> {
  return {
    kind: 'image',
    channels: 1,
    width: 8,
    height: 8,
    fit: 'contain',
    invert: false,
    layout: 'NCHW',
    draw: true,
    crop: 'ink',
    ...more,
  }
}

export function imageInput(name: string): InputInfo {
  return { ...tensorInput(name, 'FP32', [-1, 1, 8, 8]), as: imageKind() }
}
