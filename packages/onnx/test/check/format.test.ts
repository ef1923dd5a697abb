import { test } from 'node:test'
import { assertRefused } from '../support/refused.ts'

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

const FILES: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an empty file', new Uint8Array(), /empty/],
  ['a PNG', bytesOf('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), /a PNG image/],
  ['a JPEG', bytesOf('\xff\xd8\xff\xe0\0\x10JFIF'), /a JPEG image/],
  ['a ZIP archive', bytesOf('PK\x03\x04\x14\0\0\0'), /a ZIP archive/],
  ['a pickle', bytesOf('\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c'), /a Python pickle/],
  ['an ORT flatbuffer', bytesOf('\x20\0\0\0ORTM\0\0\0\0'), /the ORT format/],
  ['a TensorFlow Lite model', bytesOf('\x1c\0\0\0TFL3'), /TensorFlow Lite/],
  ['a safetensors file', bytesOf('\x48\0\0\0\0\0\0\0{"a":'), /safetensors/],
  ['an HDF5 file', bytesOf('\x89HDF\r\n\x1a\n'), /HDF5/],
  ['a Git LFS pointer', bytesOf('version https://git-lfs.github.com/spec/v1\noid'), /git lfs pull/],
  ['a web page', bytesOf('<!DOCTYPE html><html>'), /web page/],
  ['JSON', bytesOf('{"error":"not found"}'), /JSON/],
  ['a TensorFlow SavedModel', bytesOf('\x08\x01\x12\x07\x0a\x05\xff\xfe\xfd\xfc\xfb'), /SavedModel/],
  ['a sentence', bytesOf('hello, this is no model at all'), /damaged or no ONNX model/],
]
for (const [name, bytes, says] of FILES) test(`${name} is refused for what it is`, () => assertRefused(bytes, says))
