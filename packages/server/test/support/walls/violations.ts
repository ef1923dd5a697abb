/** Holds parsed sources against the house rules and says each breach in a sentence. */
import { posix } from 'node:path'
import { findCircles } from './circles.ts'
import { DRAWERS, EMPTY_NAMES, FAMILIES, type Family, GENERATED, MOST_LINES, PACKAGES, ROOMS, STOREYS } from './rules.ts'
import { type ParsedFile, parseFile, type SourceFile, targetOf } from './source.ts'

/** `paths`: all files that are judged together. */
type Rule = (file: ParsedFile, paths: ReadonlySet<string>) => readonly string[]

const storeyOf = (inside: string): number => STOREYS.findIndex((folders) => folders.includes(inside.split('/')[0] as string))
const serverPath = (target: string | undefined): string | undefined => target?.match(/^packages\/server\/src\/(.+)$/)?.[1]

const storeys: Rule = (file) => {
  if (file.package !== 'server') return []
  const folder = file.inside.split('/')[0]
  if (storeyOf(file.inside) < 0) return [`${file.path} lies on no storey: move it into a folder of the house or give its folder a storey`]
  return file.imports.flatMap(({ name, line }) => {
    const target = serverPath(targetOf(file, name))
    if (target === undefined || target.split('/')[0] === folder || storeyOf(target) < storeyOf(file.inside)) return []
    const way = storeyOf(target) === storeyOf(file.inside) ? 'sideways' : 'up'
    return [`${file.path}:${line} imports ${target}, which is ${way}: a file imports its own folder and lower storeys`]
  })
}

const packageWalls: Rule = (file) => {
  const wall = PACKAGES[file.package]
  if (wall === undefined) return [`${file.path} is in a package that the walls do not know: add it to the table of packages`]
  return file.imports.flatMap(({ name, line }) => {
    const where = `${file.path}:${line} imports ${name}`
    const target = targetOf(file, name)
    if (target !== undefined)
      return target.startsWith(`packages/${file.package}/src/`) ? [] : [`${where}: leave a package only through another's public entry`]
    if (name.startsWith('@slipway/') && !wall.imports.includes(name))
      return [`${where}: ${file.package} may import ${wall.imports.join(', ') || 'no other package'}, by its public entry`]
    if (name.startsWith('node:') && wall.node !== 'node') return [`${where}: packages/${file.package} also runs where there is no Node`]
    if (wall.node === 'anywhere' && !name.startsWith('@slipway/')) return [`${where}: packages/${file.package} has no dependencies outside`]
    return []
  })
}

const rooms: Rule = (file) => {
  if (file.package !== 'server') return []
  return ROOMS.filter((room) => !room.only.test(file.inside)).flatMap((room) => {
    const met = [
      ...file.imports.filter(({ name }) => room.imports?.includes(name)),
      ...file.uses.filter(({ name }) => room.uses?.includes(name)),
    ]
    return met.map(({ name, line }) => `${file.path}:${line} has ${name}: ${room.what} is done only in ${room.only.source}`)
  })
}

function memberIn({ folder, shared }: Family, inside: string): string | undefined {
  const name = posix.dirname(inside) === folder ? posix.basename(inside) : undefined
  return name === undefined || shared.test(name) ? undefined : name.replace(/\.tsx?$/, '')
}

/** The member that a file is a part of: `onnx` for `onnx-tensors`, where there is an `onnx.ts`; else itself. */
function wholeOf(family: Family, name: string, paths: ReadonlySet<string>): string {
  const words = name.split('-')
  const starts = words.map((_, index) => words.slice(0, index + 1).join('-'))
  return starts.find((start) => paths.has(`packages/server/src/${family.folder}/${start}.ts`)) ?? name
}

const families: Rule = (file, paths) => {
  if (file.package !== 'server') return []
  return file.imports.flatMap(({ name, line }) => {
    const target = serverPath(targetOf(file, name))
    const family = FAMILIES.find((each) => target !== undefined && memberIn(each, target) !== undefined)
    if (target === undefined || family === undefined || family.namedIn.test(file.inside)) return []
    const own = memberIn(family, file.inside)
    if (own !== undefined && wholeOf(family, own, paths) === wholeOf(family, memberIn(family, target) as string, paths)) return []
    return [`${file.path}:${line} imports ${target}, a member of a family: only ${family.namedIn.source} names it`]
  })
}

const names: Rule = (file) => {
  const name = posix.basename(file.path).replace(/(\.d)?\.tsx?$/, '')
  const lastWord = name.split('-').at(-1) as string
  if (!DRAWERS.includes(name) && !EMPTY_NAMES.includes(lastWord)) return []
  return [`${file.path} has a name that says nothing: name it after the one noun it holds`]
}

const sizes: Rule = (file) =>
  file.lines <= MOST_LINES || GENERATED.includes(file.path)
    ? []
    : [`${file.path} has ${file.lines} lines, more than ${MOST_LINES}: divide it by what it is about`]

const namedExports: Rule = (file) => file.defaultExports.map(({ line }) => `${file.path}:${line} exports a default: export it by its name`)

const RULES: readonly Rule[] = [storeys, packageWalls, rooms, families, names, sizes, namedExports]

/** Every breach of the house rules in these files of packages/…/src, as sentences with file and line. */
export function findViolations(files: readonly SourceFile[]): readonly string[] {
  const parsed = files.map(parseFile)
  const paths = new Set(parsed.map((file) => file.path))
  return [...parsed.flatMap((file) => RULES.flatMap((rule) => rule(file, paths))), ...findCircles(parsed)]
}
