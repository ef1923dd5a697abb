/** Requests of inference that are wrong in one way each, with the status and the words that each must get. */

export interface BadBody {
  /** What is wrong, as the name of a test ends. */
  readonly what: string
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly model?: string
  readonly status?: number
  readonly says: RegExp
}

const LONG = 'x'.repeat(5000)
const X = { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] } as const

/** A body of one tensor, sound but for what is given. */
const withX = (changes: Readonly<Record<string, unknown>>): string => JSON.stringify({ inputs: [{ ...X, ...changes }] })
/** The same with a shape that JSON.stringify cannot write. */
const shaped = (shape: string): string => `{"inputs":[{"name":"x","datatype":"FP32","shape":${shape},"data":[1,2,3,4]}]}`
const valued = (data: string): string => `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":${data}}]}`
const ints = (data: string): string => `{"inputs":[{"name":"x","datatype":"INT64","shape":[1,4],"data":${data}}]}`

const NAMES_AND_TYPES: readonly BadBody[] = [
  { what: 'a name that the model does not have', body: withX({ name: 'y' }), says: /needs the input "x".*has "y"/ },
  { what: 'a name of 5,000 letters', body: withX({ name: LONG }), says: /needs the input "x"/ },
  { what: 'a name with control characters', body: withX({ name: 'x\u0000\u001b[31m\n' }), says: /needs the input "x"/ },
  { what: 'no name', body: withX({ name: undefined }), says: /has no "name"/ },
  { what: 'a name that is a number', body: withX({ name: 1 }), says: /"name" must be a string/ },
  { what: 'the name __proto__', body: withX({ name: '__proto__' }), says: /needs the input "x".*"__proto__"/ },
  { what: 'the name constructor', body: withX({ name: 'constructor' }), says: /needs the input "x".*"constructor"/ },
  {
    what: 'an input too many',
    body: JSON.stringify({ inputs: [X, { ...X, name: '__proto__' }] }),
    says: /no input "__proto__"; its inputs are "x"/,
  },
  { what: 'an input twice', body: JSON.stringify({ inputs: [X, X] }), says: /input "x" is there twice/ },
  { what: 'no input at all', body: '{"inputs":[]}', says: /needs the input "x".*none/ },
  { what: 'no inputs', body: '{}', says: /has no "inputs"/ },
  { what: 'inputs that are no array', body: '{"inputs":{"x":1}}', says: /"inputs" must be an array/ },
  { what: 'an array for a body', body: '[1,2]', says: /must be a JSON object with "inputs"/ },
  { what: 'a number for a body', body: '1', says: /must be a JSON object with "inputs"/ },
  { what: 'an empty body', body: '', says: /was it cut off/ },
  { what: 'another datatype', body: withX({ datatype: 'FP64' }), says: /expected datatype FP32, got FP64/ },
  { what: 'an unknown datatype', body: withX({ datatype: 'float32' }), says: /"float32" is unknown; it is one of BOOL/ },
  { what: 'no datatype', body: withX({ datatype: undefined }), says: /no "datatype"/ },
  {
    what: 'an output that there is not',
    body: JSON.stringify({ inputs: [X], outputs: [{ name: '__proto__' }] }),
    says: /no output "__proto__"/,
  },
  {
    what: 'an output twice',
    body: JSON.stringify({ inputs: [X], outputs: [{ name: 'y' }, { name: 'y' }] }),
    says: /"y" is requested twice/,
  },
  { what: 'an id that is a number', body: JSON.stringify({ inputs: [X], id: 7 }), says: /"id" must be a string/ },
  {
    what: 'a parameter that is an object',
    body: '{"parameters":{"__proto__":{}},"inputs":[]}',
    says: /"__proto__" must be a string, a number/,
  },
  {
    what: '1,001 inputs',
    body: JSON.stringify({ inputs: Array.from({ length: 1001 }, (_, at) => ({ ...X, name: `x${at}` })) }),
    says: /1000 inputs/,
  },
]

const SHAPES: readonly BadBody[] = [
  { what: 'another shape', body: withX({ shape: [4, 1] }), says: /expected shape \[-1, 4\], got \[4, 1\]/ },
  { what: 'another rank', body: withX({ shape: [4] }), says: /expected shape \[-1, 4\], got \[4\]/ },
  { what: 'fewer elements than the shape', body: withX({ data: [1, 2, 3] }), says: /takes 4 elements/ },
  { what: 'more elements than the shape', body: withX({ data: [1, 2, 3, 4, 5] }), says: /takes 4 elements/ },
  { what: 'no shape', body: withX({ shape: undefined }), says: /no "shape"/ },
  { what: 'a shape that is a number', body: withX({ shape: 4 }), says: /"shape" must be an array/ },
  { what: 'a negative dimension', body: shaped('[-1,4]'), says: /dimension 0 of the shape is -1/ },
  { what: 'a fractional dimension', body: shaped('[1.5,4]'), says: /dimension 0 of the shape is 1\.5/ },
  { what: 'a dimension of 2^63', body: shaped('[9223372036854775808,4]'), says: /dimension 0 of the shape is 9223372036854775808/ },
  { what: 'a dimension of 1e999', body: shaped('[1e999,4]'), says: /1e999/ },
  { what: 'a dimension of 5,000 digits', body: shaped(`[${'9'.repeat(5000)},4]`), says: /larger than any FP64/ },
  { what: 'a dimension that is text', body: shaped('["1",4]'), says: /is the string "1"/ },
  { what: 'a dimension that is null', body: shaped('[null,4]'), says: /is null/ },
  { what: 'a huge dimension', body: shaped('[2147483648,4]'), says: /takes 8589934592 elements/ },
  { what: 'a product past 2^64', body: shaped('[4294967296,4294967304]'), says: /more elements than/ },
  { what: 'a product past 2^53 with a zero behind it', body: shaped('[9007199254740991,9007199254740991,0]'), says: /more elements than/ },
  { what: '1,000 dimensions', body: shaped(`[${Array(1000).fill(1)}]`), says: /more than 32 dimensions/ },
]

const VALUES: readonly BadBody[] = [
  { what: 'text for a number', body: valued('["1",2,3,4]'), says: /element 0 is (the string )?"1".*FP32 takes/ },
  { what: 'null for a number', body: valued('[null,2,3,4]'), says: /element 0 is null/ },
  { what: 'true for a number', body: valued('[true,2,3,4]'), says: /element 0 is true/ },
  { what: 'a number past FP32', body: valued('[1e39,2,3,4]'), says: /element 0 is 1e39/ },
  { what: 'a number past FP64', body: valued('[1e999,2,3,4]'), says: /1e999/ },
  { what: 'the bare word NaN', body: valued('[NaN,2,3,4]'), says: /write "NaN"/ },
  { what: 'the bare word Infinity', body: valued('[Infinity,2,3,4]'), says: /write "NaN", "Infinity"/ },
  { what: 'the bare word -Infinity', body: valued('[-Infinity,2,3,4]'), says: /"-Infinity"|number/ },
  { what: 'ragged rows', body: valued('[[1,2,3],[4]]'), says: /ragged|shape|nest/ },
  { what: 'data that is an object', body: valued('{"0":1}'), says: /element 0|array|object/ },
  { what: 'no data', body: withX({ data: undefined }), says: /neither "data" nor/ },
  {
    what: 'an INT64 of 2^63',
    model: 'identity-int64',
    body: ints('[9223372036854775808,0,0,0]'),
    says: /element 0 is 9223372036854775808/,
  },
  { what: 'an INT64 with a fraction', model: 'identity-int64', body: ints('[0,1.5,0,0]'), says: /element 1 is 1\.5/ },
  { what: 'an INT64 that lost its digits', model: 'identity-int64', body: ints('[0,1e300,0,0]'), says: /element 1 is 1e300/ },
]

const TEXT: readonly BadBody[] = [
  { what: 'a key twice', body: `{"inputs":[],"inputs":[]}`, says: /"inputs" is there twice/ },
  { what: 'a key twice, once escaped', body: '{"id":"a","\\u0069d":"b","inputs":[]}', says: /"id" is there twice/ },
  { what: 'a key twice in a tensor', body: '{"inputs":[{"name":"x","name":"x"}]}', says: /"name" is there twice/ },
  { what: 'a key twice in something ignored', body: '{"ignored":{"a":1,"a":2},"inputs":[]}', says: /"a" is there twice/ },
  { what: 'a byte order mark', body: `\ufeff${withX({})}`, says: /byte order mark/ },
  { what: 'octets that are no UTF-8', body: Buffer.from(withX({ name: 'x\u00ff' }), 'latin1'), says: /not UTF-8/ },
  { what: 'UTF-16', body: Buffer.from(withX({}), 'utf16le'), says: /not valid JSON/ },
  { what: 'half a surrogate pair', body: '{"inputs":[],"id":"\\ud800"}', says: /surrogate/ },
  { what: 'a control character in a string', body: '{"inputs":[],"id":"a\u0001"}', says: /control character/ },
  { what: 'a comma too many', body: '{"inputs":[],}', says: /comma with nothing after/ },
  { what: 'a comment', body: '// x\n{"inputs":[]}', says: /no comments/ },
  { what: 'single quotes', body: "{'inputs':[]}", says: /double quotes/ },
  { what: 'text after the end', body: `${withX({})}${LONG}`, says: /after the end/ },
  { what: '250,000 open brackets', body: `{"ignored":${'['.repeat(250_000)}`, says: /nested more than 100 deep/ },
  {
    what: '250,000 open brackets as data',
    body: `{"inputs":[{"data":${'['.repeat(250_000)}`,
    says: /nested more than 100 deep|cut off|not valid JSON/,
  },
  {
    what: '250,000 open brackets as data that are closed',
    body: `{"inputs":[{"data":${'['.repeat(250_000)}${']'.repeat(250_000)},"name":"x","datatype":"FP32","shape":[1,4]}]}`,
    says: /nested|deep/,
  },
]

export const BAD_BODIES: readonly BadBody[] = [...NAMES_AND_TYPES, ...SHAPES, ...VALUES, ...TEXT]
/** A sound request to the model `echo`. */
export const GOOD_BODY = withX({})

interface BinaryParts {
  readonly octets?: number
  readonly said?: unknown
  readonly headerLength?: (jsonLength: number) => string
  readonly extra?: string
}

/** A request in the binary form, sound but for what is given. */
export function binaryBody({
  octets = 16,
  said = octets,
  headerLength = String,
  extra = '',
}: BinaryParts): Pick<BadBody, 'body' | 'headers'> {
  const json = Buffer.from(
    `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":${JSON.stringify(said)}}${extra}}]}`,
  )
  return {
    body: Buffer.concat([json, Buffer.alloc(octets)]),
    headers: { 'inference-header-content-length': headerLength(json.byteLength) },
  }
}

const NO_LENGTH = /Inference-Header-Content-Length must be a whole number/
export const BAD_BINARY: readonly BadBody[] = [
  { what: 'a size one octet short', ...binaryBody({ said: 15 }), says: /15|16/ },
  { what: 'a size one octet long', ...binaryBody({ said: 17 }), says: /17|16/ },
  { what: 'octets one short', ...binaryBody({ octets: 15, said: 16 }), says: /16.*15|15.*16/ },
  { what: 'octets one too many', ...binaryBody({ octets: 17, said: 16 }), says: /1 / },
  { what: 'octets one short for the shape', ...binaryBody({ octets: 15 }), says: /15/ },
  { what: 'octets one too many for the shape', ...binaryBody({ octets: 17 }), says: /17/ },
  { what: 'a negative size', ...binaryBody({ said: -1 }), says: /binary_data_size" must be a whole number/ },
  { what: 'a fractional size', ...binaryBody({ said: 16.5 }), says: /binary_data_size" must be a whole number/ },
  { what: 'a size that is text', ...binaryBody({ said: '16' }), says: /binary_data_size" must be a whole number/ },
  { what: 'a size of 2^53', ...binaryBody({ said: 2 ** 53 }), says: /binary_data_size/ },
  { what: 'octets and data', ...binaryBody({ extra: ',"data":[1,2,3,4]' }), says: /both "data" and/ },
  { what: 'a negative header length', ...binaryBody({ headerLength: () => '-1' }), says: NO_LENGTH },
  { what: 'a header length that is no number', ...binaryBody({ headerLength: () => 'abc' }), says: NO_LENGTH },
  { what: 'an empty header length', ...binaryBody({ headerLength: () => '' }), says: NO_LENGTH },
  { what: 'a hexadecimal header length', ...binaryBody({ headerLength: (length) => `0x${length.toString(16)}` }), says: NO_LENGTH },
  { what: 'a header length with a space inside', ...binaryBody({ headerLength: () => '1 0' }), says: NO_LENGTH },
  { what: 'a header length of 5,000 digits', ...binaryBody({ headerLength: () => '9'.repeat(5000) }), says: NO_LENGTH },
  {
    what: 'a header length of 99999999999',
    ...binaryBody({ headerLength: () => '99999999999' }),
    says: /is 99999999999, but the body has/,
  },
  { what: 'a header length one past the body', ...binaryBody({ headerLength: (length) => String(length + 17) }), says: /but the body has/ },
  { what: 'a header length one short', ...binaryBody({ headerLength: (length) => String(length - 1) }), says: /cut off|not valid JSON/ },
  {
    what: 'a header length one long',
    ...binaryBody({ headerLength: (length) => String(length + 1) }),
    says: /only 15 bytes of the body are left/,
  },
  { what: 'no header length', ...binaryBody({}), headers: {}, says: /no header Inference-Header-Content-Length says/ },
  {
    what: 'a header length of 0 and octets that are no rows',
    body: Buffer.alloc(15),
    headers: { 'inference-header-content-length': '0' },
    says: /multiple of 16/,
  },
]
