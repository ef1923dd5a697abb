import assert from 'node:assert/strict'
import test from 'node:test'
import { decodeInferRequest } from '../src/v2-request.ts'
import { octets, refused } from './support/refusal.ts'

const input = (members: string) => `{"inputs":[{"name":"x",${members}}]}`
const data = (datatype: string, shape: string, elements: string) => input(`"datatype":"${datatype}","shape":${shape},"data":${elements}`)
const deep = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`
const tiny = (name: string) => `{"name":"${name}","datatype":"INT8","shape":[1],"data":[1]}`

const BAD: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /byte 0: the text ends/],
  ['an array', '[]', /must be a JSON object with "inputs", found "\["/],
  ['a word', 'hello', /byte 0: expected a JSON value, found "hello"/],
  ['no inputs', '{}', /the request has no "inputs"/],
  ['inputs that are no array', '{"inputs":{}}', /"inputs" must be an array, found "\{"/],
  ['an input that is no object', '{"inputs":[1]}', /input 0: must be an object/],
  ['an input without a name', '{"inputs":[{"datatype":"INT8","shape":[1],"data":[1]}]}', /input 0: has no "name"/],
  ['a name that is no string', '{"inputs":[{"name":1}]}', /input 0: "name" must be a string, found "1"/],
  ['no datatype', input('"shape":[1],"data":[1]'), /input "x": has no "datatype"; it is one of BOOL/],
  ['an unknown datatype', data('FLOAT', '[1]', '[1]'), /input "x": the datatype "FLOAT" is unknown; it is one of BOOL/],
  ['a datatype off a prototype', data('toString', '[1]', '[1]'), /datatype "toString" is unknown/],
  ['no shape', input('"datatype":"INT8","data":[1]'), /input "x": has no "shape"/],
  ['no data', input('"datatype":"INT8","shape":[1]'), /input "x": has neither "data" nor/],
  ['data that is no array', data('INT8', '[1]', '1'), /"data" must be an array, found "1"/],
  ['data that is null', data('INT8', '[1]', 'null'), /"data" must be an array, found "null"/],
  ['a shape that is no array', data('INT8', '3', '[1]'), /input "x": "shape" must be an array/],
  ['a negative dimension', data('INT8', '[1,-1]', '[1]'), /dimension 1 of the shape is -1; a dimension is a whole number/],
  ['a fractional dimension', data('INT8', '[1.5]', '[1]'), /dimension 0 of the shape is 1.5/],
  ['a dimension of 2^63', data('INT8', '[9223372036854775808]', '[1]'), /dimension 0 of the shape is 9223372036854775808/],
  ['a dimension as a string', data('INT8', '["1"]', '[1]'), /dimension 0 of the shape is the string "1"/],
  ['a dimension that is null', data('INT8', '[null]', '[1]'), /dimension 0 of the shape is null/],
  ['a dimension that is an array', data('INT8', '[[1]]', '[1]'), /dimension 0 of the shape is an array/],
  ['a shape product of 2^64 + 32', data('INT8', '[16,1152921504606846978]', '[1]'), /1152921504606846978; a dimension is/],
  ['a shape product past 2^53', data('INT8', '[4294967296,4294967296]', '[1]'), /more elements than can be counted/],
  ['a shape far larger than the body', data('FP64', '[1000000000,1000]', '[1]'), /takes 1000000000000 elements, but "data" has 1/],
  ['33 dimensions', data('INT8', `[${Array(33).fill(1).join()}]`, '[1]'), /more than 32 dimensions/],
  ['an element too few', data('INT8', '[1,3]', '[1,2]'), /shape \[1, 3\] takes 3 elements, but "data" has 2/],
  ['an element too many', data('FP32', '[2]', '[1,2,3]'), /takes 2 elements, but "data" has 3/],
  ['a string too many', data('BYTES', '[1]', '["a","b"]'), /takes 1 element, but "data" has 2/],
  ['rows of two lengths', data('INT8', '[3]', '[[1,2],[3]]'), /"data" is ragged at byte \d+/],
  ['elements of two depths', data('INT8', '[2]', '[1,[2]]'), /element 1 is an array beside elements/],
  ['elements beside arrays', data('INT8', '[2]', '[[1],2]'), /ragged/],
  ['depths that differ', data('INT8', '[2]', '[[[1]],[2]]'), /ragged/],
  ['an array deeper than its sibling', data('INT8', '[2]', '[[1],[[2]]]'), /ragged/],
  ['a trailing comma', data('FP32', '[2]', '[1,2,]'), /expected a JSON value, found "\]"/],
  ['two commas', data('FP32', '[2]', '[1,,2]'), /expected a JSON value, found ","/],
  ['a bare NaN', data('FP32', '[1]', '[NaN]'), /write "NaN", "Infinity" or "-Infinity" as strings/],
  ['a bare -Infinity', data('FP32', '[1]', '[-Infinity]'), /as strings/],
  ['1e999', data('FP64', '[1]', '[1e999]'), /1e999 is larger than any FP64/],
  ['a leading zero', data('FP32', '[1]', '[01]'), /a number with a leading zero/],
  ['a leading zero among many', data('FP32', '[9]', '[1,2,3,4,05.5,6,7,8,9]'), /a number with a leading zero/],
  ['a point without digits among many', data('FP32', '[9]', '[1,2,3,4,5.,6,7,8,9]'), /expected a digit/],
  ['a number past FP32', data('FP32', '[2]', '[0,-1e39]'), /element 1 is -1e39, but FP32 takes numbers up to/],
  ['a number that rounds past FP32', data('FP32', '[1]', '[3.4028235677973367e38]'), /but FP32 takes/],
  ['a number past FP16', data('FP16', '[1]', '[65520]'), /element 0 is 65520, but FP16/],
  ['a number past BF16', data('BF16', '[1]', '[3.4e38]'), /but BF16/],
  ['null among floats', data('FP32', '[2]', '[1,null]'), /element 1 is null, but FP32/],
  ['a boolean among floats', data('FP32', '[1]', '[true]'), /element 0 is true, but FP32/],
  ['a quoted number', data('FP32', '[1]', '["1.5"]'), /element 0 is the string "1.5", but FP32/],
  ['an object among floats', data('FP32', '[1]', '[{"a":1}]'), /element 0 is an object/],
  ['a quoted integer', data('INT64', '[1]', '["1"]'), /element 0 is the string "1", but INT64/],
  ['a fraction among integers', data('INT64', '[3]', '[1,2,3.5]'), /element 2 is 3.5, but INT64 takes whole numbers/],
  ['a fraction that a double would hide', data('INT64', '[1]', '[9007199254740992.5]'), /element 0 is 9007199254740992.5/],
  ['a fraction that rounds to 1', data('INT32', '[1]', '[0.99999999999999999999]'), /element 0 is 0.99999999999999999999/],
  [
    '2^63 as INT64',
    data('INT64', '[1]', '[9223372036854775808]'),
    /element 0 is 9223372036854775808, but INT64 takes whole numbers from -9223372036854775808 to/,
  ],
  ['-2^63-1 as INT64', data('INT64', '[1]', '[-9223372036854775809]'), /but INT64/],
  ['2^64 as UINT64', data('UINT64', '[1]', '[18446744073709551616]'), /but UINT64/],
  ['-1 as UINT64', data('UINT64', '[1]', '[-1]'), /element 0 is -1, but UINT64/],
  ['an integer with a huge exponent', data('INT64', '[1]', '[1e300]'), /element 0 is 1e300/],
  [
    '256 as UINT8 among many',
    data('UINT8', '[80]', `[${Array(30).fill(7).join()},256,${Array(49).fill(7).join()}]`),
    /element 30 is 256, but UINT8/,
  ],
  ['-1 as UINT32', data('UINT32', '[1]', '[-1]'), /but UINT32 takes whole numbers from 0 to 4294967295/],
  ['2 as BOOL', data('BOOL', '[1]', '[2]'), /element 0 is 2, but BOOL takes true, false, 0 or 1/],
  ['a string as BOOL', data('BOOL', '[1]', '["true"]'), /element 0 is the string "true", but BOOL/],
  ['a number as BYTES', data('BYTES', '[2]', '["a",3]'), /element 1 is the number 3, but BYTES takes strings/],
  ['UINT8 numbers as BYTES', data('BYTES', '[1]', '[[104,105]]'), /element 0 is the number 104/],
  ['BYTES in an object of another name', data('BYTES', '[1]', '[{"base64":"AA=="}]'), /an object with the key "base64"/],
  ['BYTES in an object with more', data('BYTES', '[1]', '[{"b64":"AA==","x":1}]'), /an object with more than "b64"/],
  ['BYTES in an empty object', data('BYTES', '[1]', '[{}]'), /an object without "b64"/],
  ['bad base64 of one element', data('BYTES', '[1]', '[{"b64":"a"}]'), /element 0 is "a", which is no base64/],
  [
    'bad base64 of a tensor',
    input('"datatype":"BYTES","shape":[1],"parameters":{"content_type":"base64"},"data":["é"]'),
    /which is no base64/,
  ],
  ['half a surrogate pair', data('BYTES', '[1]', '["\\ud83d"]'), /half of a surrogate pair/],
  ['a duplicate key of the request', '{"inputs":[],"inputs":[]}', /the key "inputs" is there twice/],
  ['a duplicate unknown key', '{"a":1,"a":2,"inputs":[]}', /the key "a" is there twice/],
  ['a duplicate key of an input', input('"name":"x"'), /the key "name" is there twice/],
  ['a duplicate key far down in what is ignored', '{"extra":{"a":{"b":1,"b":2}},"inputs":[]}', /the key "b" is there twice/],
  ['a duplicate parameter', '{"parameters":{"a":1,"a":2},"inputs":[]}', /the key "a" is there twice/],
  [
    'a duplicate among 14 keys',
    `{${Array.from({ length: 13 }, (_, index) => `"k${index}":0`).join()},"k3":1}`,
    /the key "k3" is there twice/,
  ],
  ['two inputs of one name', `{"inputs":[${tiny('x')},${tiny('x')}]}`, /input "x" is there twice/],
  ['1,001 inputs', `{"inputs":[${Array.from({ length: 1001 }, (_, index) => tiny(`x${index}`)).join()}]}`, /more than 1000 inputs/],
  ['an id that is a number', '{"id":5,"inputs":[]}', /"id" must be a string, found "5"/],
  ['parameters that are an array', '{"parameters":[],"inputs":[]}', /the request: "parameters" must be an object/],
  ['a parameter that is an object', '{"parameters":{"a":{}},"inputs":[]}', /parameter "a" must be a string, a number or a boolean/],
  [
    'binary_data_output that is no boolean',
    '{"parameters":{"binary_data_output":1},"inputs":[]}',
    /"binary_data_output" must be true or false, got "1"/,
  ],
  [
    'binary_data that is no boolean',
    '{"inputs":[],"outputs":[{"name":"y","parameters":{"binary_data":"yes"}}]}',
    /output "y": parameter "binary_data" must be true or false/,
  ],
  ['outputs that are no array', '{"inputs":[],"outputs":"y"}', /"outputs" must be an array/],
  ['an output that is a string', '{"inputs":[],"outputs":["y"]}', /requested output 0 must be an object with "name"/],
  ['an output without a name', '{"inputs":[],"outputs":[{}]}', /requested output 0 has no "name"/],
  ['an output twice', '{"inputs":[],"outputs":[{"name":"y"},{"name":"y"}]}', /output "y" is requested twice/],
  [
    'binary data without the header',
    input('"datatype":"INT8","shape":[1],"parameters":{"binary_data_size":1}'),
    /input "x" has "binary_data_size", but no header Inference-Header-Content-Length/,
  ],
  [
    'text after the end',
    `{"inputs":[]}{"a":1}`,
    /7 bytes after the end of the JSON; if they are binary tensors, send the header Inference-Header-Content-Length: 13/,
  ],
  ['a byte order mark', '\ufeff{"inputs":[]}', /byte order mark/],
  ['data nested 101 deep', data('INT8', '[1]', deep(98)), /nested more than 100 deep/],
  ['data nested 250,000 deep', data('INT8', '[1]', deep(250_000)), /nested more than 100 deep/],
  [
    'data before the rest, nested 250,000 deep',
    `{"inputs":[{"data":${deep(250_000)},"name":"x","shape":[1],"datatype":"INT8"}]}`,
    /nested more than 100 deep/,
  ],
  ['an extra nested 101 deep', `{"inputs":[],"a":${deep(100)}}`, /nested more than 100 deep/],
  [
    'data before the rest, with brackets that do not match',
    '{"inputs":[{"data":[1},"name":"x","shape":[1],"datatype":"INT8"}]}',
    /expected "," or "\]"/,
  ],
]

for (const [what, text, message] of BAD)
  test(`refuses ${what}`, () => {
    const said = refused(() => decodeInferRequest(octets(text), { model: 'm' }), message)
    assert.ok(said.length < 500, said)
  })

test('data nested exactly 100 deep is read', () => {
  assert.equal(decodeInferRequest(octets(data('INT8', '[1]', deep(97))), { model: 'm' }).request.inputs.size, 1)
})

test('names and values of any length are cut in the message', () => {
  const long = 'n'.repeat(100_000)
  for (const text of [
    data(long, '[1]', '[1]'),
    data('INT8', '[1]', `["${long}"]`),
    data('INT64', '[1]', `[${'9'.repeat(100_000)}]`),
    data('BYTES', '[1]', `[{"${long}":1}]`),
    data('INT8', `["${long}"]`, '[1]'),
    `{"inputs":[{"name":"${long}","datatype":"INT8","shape":[2],"data":[1]}]}`,
    `{"inputs":[],"parameters":{"${long}":{}}}`,
    `{"${long}":1,"${long}":1}`,
  ])
    assert.ok(refused(() => decodeInferRequest(octets(text), { model: 'm' }), /./).length < 600)
})

test('refuses a request cut off at any byte', () => {
  const texts = [
    '{"id":"1","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[[0.5, -1.25e-3]]}],"outputs":[{"name":"y"}]}',
    '{"inputs":[{"data":["a\\u00e9",{"b64":"AA=="}],"name":"é","parameters":{"a":true},"datatype":"BYTES","shape":[2]}]}',
    `{"inputs":[{"name":"x","shape":[40],"datatype":"INT64","data":[${Array(40).fill(123456).join()}]}],"parameters":{"a":null}}`,
  ]
  for (const text of texts) {
    const whole = octets(text)
    decodeInferRequest(whole, { model: 'm' })
    for (let length = 0; length < whole.length; length++) refused(() => decodeInferRequest(whole.subarray(0, length), { model: 'm' }), /./)
  }
})
