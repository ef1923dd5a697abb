/** ModelProto and FunctionProto: the file as a whole. */
import { damaged, refusal } from '../refusal.ts'
import { type OpsetImport, plainDomain, readEntry, readOpsetImport } from './entry.ts'
import { type AttributeProto, type GraphProto, type NodeProto, readAttribute, readGraph, readNode } from './graph-proto.ts'
import type { FileImage } from './image.ts'
import type { Tally } from './tally.ts'
import { type Span, WireReader } from './wire-reader.ts'

export interface FunctionProto {
  readonly name: string
  readonly domain: string
  readonly overload: string
  readonly nodes: readonly NodeProto[]
  /** Default values of the function's attributes. */
  readonly attributes: readonly AttributeProto[]
  readonly opsets: readonly OpsetImport[]
}

export interface ModelProto {
  readonly irVersion: number
  readonly irVersionSpan: Span | undefined
  readonly producer: string
  readonly opsets: readonly (OpsetImport & { readonly span: Span })[]
  readonly graph: GraphProto
  readonly functions: readonly FunctionProto[]
  /** Graphs of `training_info`, which inference never runs but which are held to the same rules. */
  readonly trainingGraphs: readonly GraphProto[]
  readonly metadata: ReadonlyMap<string, string>
}

export function readModel(image: FileImage, tally: Tally): ModelProto {
  const reader = new WireReader(image, 0, image.size)
  const opsets: (OpsetImport & { readonly span: Span })[] = []
  const functions: FunctionProto[] = []
  const trainingGraphs: GraphProto[] = []
  const metadata = new Map<string, string>()
  const texts = { 2: '', 3: '' }
  let graph: GraphProto | undefined
  let irVersion = 0
  let irVersionSpan: Span | undefined
  while (reader.next()) {
    switch (reader.number) {
      case 1:
        irVersion = reader.integer()
        irVersionSpan = reader.span
        break
      case 2:
      case 3:
        texts[reader.number] = reader.text()
        break
      case 7:
        if (graph !== undefined) throw damaged(reader.start, 'a second main graph')
        graph = readGraph(reader, tally, 0)
        break
      case 8:
        tally.count('parts')
        opsets.push({ ...readOpsetImport(reader.message()), span: reader.span })
        break
      case 14: {
        tally.count('parts')
        const [key, value] = readEntry(reader.message())
        metadata.set(key, value)
        break
      }
      case 20:
        trainingGraphs.push(...readTraining(reader.message(), tally))
        break
      case 25:
        tally.count('functions')
        functions.push(readFunction(reader.message(), tally))
        break
    }
  }
  if (graph === undefined) throw refusal('the file has no graph: it is no ONNX model, or it was cut short; export or copy it again')
  return {
    irVersion,
    irVersionSpan,
    producer: texts[2] && texts[3] ? `${texts[2]} ${texts[3]}` : texts[2],
    opsets,
    graph,
    functions,
    trainingGraphs,
    metadata,
  }
}

function readFunction(reader: WireReader, tally: Tally): FunctionProto {
  const texts = { 1: '', 10: '', 13: '' }
  const nodes: NodeProto[] = []
  const attributes: AttributeProto[] = []
  const opsets: OpsetImport[] = []
  while (reader.next()) {
    switch (reader.number) {
      case 1:
      case 10:
      case 13:
        texts[reader.number] = reader.text()
        break
      case 7:
        nodes.push(readNode(reader, tally, 0))
        break
      case 9:
        tally.count('parts')
        opsets.push(readOpsetImport(reader.message()))
        break
      case 11:
        attributes.push(readAttribute(reader, tally, 0))
        break
    }
  }
  return { name: texts[1], domain: plainDomain(texts[10]), overload: texts[13], nodes, attributes, opsets }
}

function readTraining(reader: WireReader, tally: Tally): GraphProto[] {
  const graphs: GraphProto[] = []
  while (reader.next()) if (reader.number === 1 || reader.number === 2) graphs.push(readGraph(reader, tally, 0))
  return graphs
}
