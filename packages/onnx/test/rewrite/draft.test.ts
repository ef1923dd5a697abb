import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesSource } from '../../src/main.ts'
import { FileImage } from '../../src/proto/image.ts'
import { type Span, WireReader } from '../../src/proto/wire-reader.ts'
import { field, join } from '../../src/proto/wire-writer.ts'
import { Draft, type Frame } from '../../src/rewrite/draft.ts'

function imageOf(bytes: Uint8Array): FileImage {
  return new FileImage(bytes.byteLength, [{ start: 0, bytes }])
}

/** Where the first field lies in a stretch of a file. */
function firstField(image: FileImage, from: number): Span {
  const reader = new WireReader(image, from, image.size)
  reader.next()
  return reader.span
}

/** Messages of field 1 inside each other, the innermost holding text. */
function nested(depth: number, text: string): Uint8Array {
  return depth === 0 ? field(2, text) : field(1, nested(depth - 1, text))
}

test('lengths follow a change through every message around it, also where they grow by an octet themselves', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(6), fc.nat(300), fc.nat(20_000), async (depth, before, after) => {
      const bytes = nested(depth, 'a'.repeat(before))
      const image = imageOf(bytes)
      let frame: Frame | undefined
      let at = 0
      for (let level = 0; level < depth; level++) {
        frame = { span: firstField(image, at), parent: frame }
        at = frame.span.value
      }
      const draft = new Draft(image)
      draft.replace(frame, firstField(image, at), field(2, 'b'.repeat(after)))
      assert.deepEqual(await draft.apply(bytesSource(bytes)), nested(depth, 'b'.repeat(after)))
    }),
  )
})

test('what is put at the ends of messages that end together goes into the right ones', async () => {
  const bytes = nested(2, 'x')
  const image = imageOf(bytes)
  const outer: Frame = { span: firstField(image, 0), parent: undefined }
  const inner: Frame = { span: firstField(image, outer.span.value), parent: outer }
  const draft = new Draft(image)
  draft.append(undefined, field(5, 'file'))
  draft.append(outer, field(4, 'outer'))
  draft.append(inner, field(3, 'inner'))
  draft.prepend(outer, field(6, 'first'))
  const expected = join([field(1, [field(6, 'first'), field(1, [field(2, 'x'), field(3, 'inner')]), field(4, 'outer')]), field(5, 'file')])
  assert.deepEqual(await draft.apply(bytesSource(bytes)), expected)
})

test('changes that overlap are refused', async () => {
  const bytes = nested(1, 'text')
  const image = imageOf(bytes)
  const frame: Frame = { span: firstField(image, 0), parent: undefined }
  const draft = new Draft(image)
  draft.remove(frame, firstField(image, frame.span.value))
  draft.remove(frame, firstField(image, frame.span.value))
  await assert.rejects(draft.apply(bytesSource(bytes)), /overlap/)
})
