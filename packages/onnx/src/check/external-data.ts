/** Tensor data in files beside the model: that each lies in the model's folder, is a file of its own and is long enough. */
import { quoted } from '@slipway/protocol'
import type { ExternalFile } from '../model.ts'
import type { ModelProto } from '../proto/model-proto.ts'
import type { TensorProto } from '../proto/tensor-proto.ts'
import { tensorsOf } from '../proto/walk.ts'
import { refusal } from '../refusal.ts'
import type { FileSource, Folder } from '../source.ts'
import { storedBytes } from './tensors.ts'

interface Stretch {
  readonly path: string
  readonly offset: number
  /** Undefined where the file gives none: to the file's end. */
  readonly length: number | undefined
}

const KEYS = new Set(['location', 'offset', 'length', 'checksum'])

/** The files that the model's tensors lie in. Opens each once through `folder`, and reads nothing of it. */
export async function checkExternalData(model: ModelProto, folder: Folder, maxFiles: number): Promise<ExternalFile[]> {
  const files = new Map<string, { readonly source: FileSource; readonly used: [number, number][] }>()
  for (const { tensor, where } of tensorsOf(model)) {
    if (tensor.external === undefined) continue
    const of = `external data of ${where} ${quoted(tensor.name)}`
    const stretch = stretchOf(tensor, tensor.external, of)
    const file = files.get(stretch.path) ?? { source: await openFile(folder, stretch.path, of), used: [] }
    files.set(stretch.path, file)
    if (files.size > maxFiles) throw refusal(`the model's data lies in more than ${maxFiles} files; save it with all tensors in one file`)
    file.used.push(checkStretch(stretch, tensor, { size: file.source.size, of }))
  }
  return [...files].map(([path, { used }]) => ({ path, bytes: coveredBytes(used) }))
}

function stretchOf(tensor: TensorProto, entries: NonNullable<TensorProto['external']>, of: string): Stretch {
  const values = new Map<string, string>()
  for (const [key, value] of entries) {
    if (!KEYS.has(key)) throw refusal(`${of}: the key ${quoted(key)} is not known; known are ${[...KEYS].join(', ')}`)
    if (values.has(key)) throw refusal(`${of}: the key ${quoted(key)} is given twice`)
    values.set(key, value)
  }
  const length = values.has('length') ? wholeNumber(values.get('length'), `${of}: length`) : undefined
  const needed = storedBytes(tensor)
  if (length !== undefined && length !== needed)
    throw refusal(`${of}: length is ${length}, but shape [${tensor.dims.join(', ')}] takes ${needed} bytes`)
  return { path: plainPath(values.get('location'), of), offset: wholeNumber(values.get('offset') ?? '0', `${of}: offset`), length }
}

function wholeNumber(text: string | undefined, what: string): number {
  const value = /^\d{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value))
    throw refusal(`${what} is ${quoted(text)}; it must be a whole number of bytes from 0 to the file's size`)
  return value
}

/** A relative path of plain names, without `.` and doubled slashes; throws for every way to point elsewhere. */
export function plainPath(location: string | undefined, of: string): string {
  if (location === undefined || location === '') throw refusal(`${of}: no location is given; save the model again with its data`)
  if (location.includes('_ORT_MEM_ADDR_')) throw refusal(`${of}: the location points into memory; only files beside the model are read`)
  if (hasControl(location) || location.includes('\\'))
    throw refusal(`${of}: the location ${quoted(location)} is no plain path; use names and "/" only`)
  if (location.startsWith('/') || /^[A-Za-z]:/.test(location) || location.endsWith('/'))
    throw refusal(`${of}: the location ${quoted(location)} is absolute or no file; it must be relative to the model's folder`)
  const parts = location.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.length === 0 || parts.includes('..')) throw refusal(`${of}: the location ${quoted(location)} leaves the model's folder`)
  return parts.join('/')
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

async function openFile(folder: Folder, path: string, of: string): Promise<FileSource> {
  const opened = await folder.open(path)
  if ('refused' in opened)
    throw refusal(`${of}: the file ${quoted(path)} cannot be used (${opened.refused}); put the data file beside the model`)
  if (opened.links > 1)
    throw refusal(`${of}: the file ${quoted(path)} is a hard link, which may be another file in disguise; copy the file`)
  return opened
}

function checkStretch(stretch: Stretch, tensor: TensorProto, file: { readonly size: number; readonly of: string }): [number, number] {
  const length = stretch.length ?? storedBytes(tensor)
  const end = stretch.offset + length
  if (end > file.size)
    throw refusal(
      `${file.of}: bytes ${stretch.offset} to ${end} are past the end of ${quoted(stretch.path)}, which has ${file.size}; is the file cut short?`,
    )
  return [stretch.offset, end]
}

function coveredBytes(stretches: [number, number][]): number {
  let covered = 0
  let reached = 0
  for (const [start, end] of stretches.sort((a, b) => a[0] - b[0])) {
    if (end <= reached) continue
    covered += end - Math.max(start, reached)
    reached = end
  }
  return covered
}
