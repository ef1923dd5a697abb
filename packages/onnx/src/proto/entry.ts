/** StringStringEntryProto and OperatorSetIdProto: the two pairs of ONNX. */
import type { WireReader } from './wire-reader.ts'

export function readEntry(reader: WireReader): readonly [key: string, value: string] {
  let key = ''
  let value = ''
  while (reader.next()) {
    if (reader.number === 1) key = reader.text()
    else if (reader.number === 2) value = reader.text()
  }
  return [key, value]
}

export interface OpsetImport {
  /** '' is ONNX's own domain, also where the file spells it `ai.onnx`. */
  readonly domain: string
  readonly version: number
}

export function readOpsetImport(reader: WireReader): OpsetImport {
  let domain = ''
  let version = 0
  while (reader.next()) {
    if (reader.number === 1) domain = plainDomain(reader.text())
    else if (reader.number === 2) version = reader.integer()
  }
  return { domain, version }
}

/** `ai.onnx` is another spelling of ONNX's own domain ''. */
export function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain
}
