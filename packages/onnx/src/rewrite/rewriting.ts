/** A model on its way to be served as plain tensors: what it takes and gives by now, and the changes that this needs. */
import type { FileImage } from '../proto/image.ts'
import type { ModelProto } from '../proto/model-proto.ts'
import type { Dimension } from '../proto/type-proto.ts'
import { field, integerField } from '../proto/wire-writer.ts'
import { Draft } from './draft.ts'
import { GraphView } from './graph-view.ts'

/** An input or output that is a tensor. */
export interface ServedValue {
  readonly name: string
  readonly elemType: number
  /** Undefined where the file does not say. */
  readonly shape: readonly Dimension[] | undefined
}

/** ONNX's own operators are used by what is put in; any version has them. */
const DEFAULT_OPSET = 13

export class Rewriting {
  readonly view: GraphView
  readonly image: FileImage
  readonly draft: Draft
  readonly sentences: string[] = []
  readonly labels = new Map<string, readonly string[]>()
  #importsDefault: boolean

  constructor(model: ModelProto, image: FileImage) {
    this.view = new GraphView(model)
    this.image = image
    this.draft = new Draft(image)
    this.#importsDefault = model.opsets.some(({ domain }) => domain === '')
  }

  /** The bytes of a node of ONNX's own domain; sees to it that the domain is imported. */
  node(opType: string, [input, output]: readonly [input: string, output: string], attributes: readonly Uint8Array[] = []): Uint8Array {
    this.useDefaultDomain()
    return field(1, [field(1, input), field(2, output), field(4, opType), ...attributes.map((attribute) => field(5, attribute))])
  }

  useDefaultDomain(): void {
    if (this.#importsDefault) return
    this.draft.append(undefined, field(8, [field(1, ''), integerField(2, DEFAULT_OPSET)]))
    this.#importsDefault = true
  }
}

/** A TypeProto, without its shape: the runtime finds that by itself, and a wrong one would make it refuse the file. */
export function tensorTypeField(elemType: number): Uint8Array {
  return field(2, [field(1, [integerField(1, elemType)])])
}
