/** Writes marked answers as a data set: one file of rows, and the pictures beside it. */
import type { FileHandle } from 'node:fs/promises'
import { access, mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, sep } from 'node:path'
import type { FeedbackInfo } from '@slipway/client'
import { csvLine } from '../base/csv.ts'
import { CommandError, EXIT } from './exit.ts'
import { type FeedbackRow, rowCells, rowJson } from './feedback-rows.ts'
import type { FeedbackSource } from './feedback-source.ts'

export const DATA_SET_FORMATS = ['jsonl', 'csv'] as const
export type DataSetFormat = (typeof DATA_SET_FORMATS)[number]

export interface DataSetPlace {
  readonly format: DataSetFormat
  /** The file of rows. */
  readonly file: string
  /** The folder of pictures; made when there is one. */
  readonly pictures: string
}

export interface Written {
  readonly rows: number
  readonly pictures: number
}

/** `out` is a file when its name ends in a format, else a folder: `out/feedback.jsonl` and `out/pictures/`. */
export function dataSetPlace(out: string, wanted: DataSetFormat | undefined): DataSetPlace {
  const ending = DATA_SET_FORMATS.find((format) => extname(out).toLowerCase() === `.${format}`)
  if (ending !== undefined && wanted !== undefined && ending !== wanted)
    throw new CommandError(EXIT.usage, `--format ${wanted} does not go with --out ${out}; leave one of them out`)
  const format = wanted ?? ending ?? 'jsonl'
  if (ending === undefined) return { format, file: join(out, `feedback.${format}`), pictures: join(out, 'pictures') }
  return { format, file: out, pictures: join(dirname(out), `${basename(out, extname(out))}-pictures`) }
}

/** Replaces the file of rows once all of them are written; when something fails, an older one stays. */
export async function writeDataSet(source: FeedbackSource, place: DataSetPlace): Promise<Written> {
  const columns = place.format === 'csv' ? await surveyColumns(source) : undefined
  const partial = `${place.file}.partial`
  await mkdir(dirname(place.file), { recursive: true })
  const handle = await open(partial, 'w')
  try {
    const written = columns === undefined ? await writeLines(source, place, handle) : await writeTable(source, place, { handle, columns })
    await handle.sync()
    await handle.close()
    await rename(partial, place.file)
    return written
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(partial, { force: true })
    throw error
  }
}

/** How many there are, for a look before anything is written. */
export async function countDataSet(source: FeedbackSource): Promise<Written> {
  let [rows, pictures] = [0, 0]
  for await (const { input } of source.entries()) {
    rows += 1
    if ('file' in input) pictures += 1
  }
  return { rows, pictures }
}

/** True when the file of rows is there already. */
export async function isWritten({ file }: DataSetPlace): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

async function writeLines(source: FeedbackSource, place: DataSetPlace, handle: FileHandle): Promise<Written> {
  const written = { rows: 0, pictures: 0 }
  for await (const entry of source.entries()) await handle.write(`${rowJson(await rowOf(entry, place, written))}\n`)
  return written
}

/** Columns of all rows, and which rows those are: what is marked meanwhile is for the next export. */
interface Columns {
  readonly names: ReadonlySet<string>
  readonly ids: ReadonlySet<string>
}

async function surveyColumns(source: FeedbackSource): Promise<Columns> {
  const names = new Set<string>()
  const ids = new Set<string>()
  for await (const entry of source.entries()) {
    ids.add(entry.id)
    const row = 'file' in entry.input ? { entry, picture: '' } : { entry }
    for (const name of rowCells(row).keys()) names.add(name)
  }
  return { names, ids }
}

async function writeTable(
  source: FeedbackSource,
  place: DataSetPlace,
  { handle, columns }: { readonly handle: FileHandle; readonly columns: Columns },
): Promise<Written> {
  const written = { rows: 0, pictures: 0 }
  const names = [...columns.names]
  await handle.write(`${csvLine(names)}\r\n`)
  for await (const entry of source.entries()) {
    if (!columns.ids.has(entry.id)) continue
    const cells = rowCells(await rowOf(entry, place, written))
    await handle.write(`${csvLine(names.map((name) => cells.get(name) ?? ''))}\r\n`)
  }
  return written
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
  'image/bmp': 'bmp',
}

/** The row of an entry, its picture written. */
async function rowOf(
  entry: FeedbackInfo,
  { file, pictures }: DataSetPlace,
  written: { rows: number; pictures: number },
): Promise<FeedbackRow> {
  written.rows += 1
  if (!('file' in entry.input)) return { entry }
  const { contentType, base64 } = entry.input.file
  // A server of somebody else's may call an entry anything.
  const name = `${entry.id.replace(/[^\w-]/g, '-').slice(0, 64)}.${EXTENSIONS[contentType] ?? 'bin'}`
  await mkdir(pictures, { recursive: true })
  await writeFile(join(pictures, name), Buffer.from(base64, 'base64'))
  written.pictures += 1
  // With forward slashes everywhere, as in a URL.
  return { entry, picture: [...relative(dirname(file), pictures).split(sep), name].join('/') }
}
