/** Tells a file that is something else than ONNX by its first bytes, so that the error can say what it is. */
import { refusal } from '../refusal.ts'

interface Format {
  readonly offset: number
  readonly magic: string
  readonly what: string
}

const PYTORCH = 'export it with torch.onnx.export'
const FORMATS: readonly Format[] = [
  { offset: 0, magic: '\x89PNG', what: 'a PNG image' },
  { offset: 0, magic: '\xff\xd8\xff', what: 'a JPEG image' },
  { offset: 0, magic: 'GIF8', what: 'a GIF image' },
  { offset: 0, magic: '%PDF', what: 'a PDF document' },
  { offset: 0, magic: 'PK\x03\x04', what: `a ZIP archive (a PyTorch or Keras file is one): unpack it, or ${PYTORCH}` },
  { offset: 0, magic: '\x1f\x8b', what: 'compressed with gzip: unpack it first' },
  { offset: 0, magic: '\x28\xb5\x2f\xfd', what: 'compressed with zstd: unpack it first' },
  { offset: 0, magic: '\x80\x02', what: `a Python pickle: export the model with skl2onnx, or ${PYTORCH}` },
  { offset: 0, magic: '\x80\x03', what: `a Python pickle: export the model with skl2onnx, or ${PYTORCH}` },
  { offset: 0, magic: '\x80\x04\x95', what: `a Python pickle: export the model with skl2onnx, or ${PYTORCH}` },
  { offset: 0, magic: '\x80\x05\x95', what: `a Python pickle: export the model with skl2onnx, or ${PYTORCH}` },
  { offset: 0, magic: '\x89HDF', what: 'an HDF5 file (old Keras models are): export it with tf2onnx' },
  { offset: 0, magic: '\x93NUMPY', what: 'a NumPy array' },
  { offset: 0, magic: 'GGUF', what: 'a GGUF file' },
  { offset: 0, magic: '\x7fELF', what: 'a program' },
  { offset: 0, magic: 'MZ', what: 'a program' },
  { offset: 0, magic: 'version https://git-lfs', what: 'a Git LFS pointer: fetch the file itself with "git lfs pull"' },
  { offset: 0, magic: '<', what: 'a web page or XML' },
  { offset: 0, magic: '{', what: 'JSON' },
  { offset: 4, magic: 'ORTM', what: 'in the ORT format: serve the .onnx file that it was made from' },
  { offset: 4, magic: 'TFL3', what: 'a TensorFlow Lite model: export it with tf2onnx' },
  { offset: 8, magic: '{"', what: `a safetensors file, which has weights but no graph: ${PYTORCH}` },
]

/** Octets of the start that `checkFormat` looks at. */
export const FORMAT_BYTES = 32

/** Throws when `head`, the first octets of a file, are those of another known format. */
export function checkFormat(head: Uint8Array): void {
  const text = String.fromCharCode(...head.subarray(0, FORMAT_BYTES))
  const found = FORMATS.find(({ offset, magic }) => text.startsWith(magic, offset))
  if (found !== undefined) throw refusal(`the file is no ONNX model but ${found.what}`)
}

/** A SavedModel starts as an ONNX file of IR version 1 does, so it is told apart only when reading it as one has failed. */
export function looksLikeSavedModel(head: Uint8Array): boolean {
  return head[0] === 0x08 && head[1] === 0x01 && head[2] === 0x12
}
