/** Where commands print: results to standard output, everything else to standard error, colour only where it is wanted. */
import { escapeControls } from '../observe/log-line.ts'
import { type Column, formatTable } from './table.ts'

export type Style = 'plain' | 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'

const STYLES: Readonly<Record<Style, string>> = { plain: '0', bold: '1', dim: '2', green: '32', yellow: '33', red: '31', cyan: '36' }

export interface Output {
  /** True when the command is to print one JSON document and nothing else on standard output. */
  readonly json: boolean
  /** Columns of the terminal, or undefined when standard output is none. */
  readonly width: number | undefined
  /** A line on standard output. */
  line(text?: string): void
  /** A line on standard error. */
  note(text: string): void
  /** The JSON document of a command. BigInts are written as numbers, exactly. */
  document(value: unknown): void
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void
  /** The text, safe for a terminal, in that style where colour is wanted. */
  paint(style: Style, text: string): string
  /** Lines on standard error that are drawn anew in their place; on anything but a terminal nothing is drawn. */
  screen(): Screen
  /** Progress of long work on standard error: a bar on a terminal, a line at each tenth elsewhere. */
  progress(label: string, total: number): Progress
}

export interface Screen {
  /** Columns there are, or undefined where nothing is drawn. */
  readonly width: number | undefined
  /** Puts these lines in the place of the last ones. */
  draw(lines: readonly string[]): void
  /** Takes them away. */
  end(): void
}

export interface Progress {
  /** Work done so far, out of the total. */
  at(done: number): void
  end(): void
}

/** The part of a write stream that is used: process.stdout and process.stderr are such. */
export interface Sink {
  readonly isTTY?: boolean
  readonly columns?: number
  /** False under NO_COLOR and on dumb terminals (tty.WriteStream). */
  hasColors?(): boolean
  write(text: string): unknown
}

export interface OutputOptions {
  readonly json: boolean
  readonly stdout?: Sink
  readonly stderr?: Sink
}

/** The only writer to the console besides the logger. */
export function createOutput({ json, stdout = process.stdout, stderr = process.stderr }: OutputOptions): Output {
  const color = stdout.isTTY === true && stdout.hasColors?.() === true
  const width = stdout.isTTY === true ? (stdout.columns ?? 80) : undefined
  const line = (text = '') => void stdout.write(`${text}\n`)
  const paint = (style: Style, text: string) => {
    const safe = escapeControls(text)
    return color && !json && style !== 'plain' ? `\u001b[${STYLES[style]}m${safe}\u001b[0m` : safe
  }
  return {
    json,
    width,
    line,
    note: (text) => void stderr.write(`${text}\n`),
    document: (value) => line(exactJson(value)),
    table: (columns, rows) => {
      const [heading = '', ...body] = formatTable(columns, rows, width)
      line(paint('dim', heading))
      for (const row of body) line(row)
    },
    paint,
    screen: () => createScreen(stderr),
    progress: (label, total) => createProgress(stderr, escapeControls(label), total),
  }
}

/** Part of the language since ES2025; TypeScript's library does not know it yet. */
const { rawJSON } = JSON as JSON & { rawJSON(text: string): unknown }

/** Calls back with the system's code when a pipe or terminal that we print to is gone. */
export function onConsoleLost(lost: (code: string | undefined) => void): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', (error: NodeJS.ErrnoException) => lost(error.code))
}

/** Resolves once the last line has gone into its pipe. */
export function consoleWritten(): Promise<void> {
  return new Promise((resolve) => process.stdout.write('', () => resolve()))
}

/** JSON.stringify with two spaces, or `indent`; a bigint is a bare number, -0 stays -0, a Map is an object, and NaN and infinities are their names as strings. */
export function exactJson(value: unknown, indent = 2): string {
  return JSON.stringify(
    value,
    (_, item: unknown) => {
      if (typeof item === 'bigint') return rawJSON(item.toString())
      if (typeof item === 'number' && !Number.isFinite(item)) return String(item)
      if (Object.is(item, -0)) return rawJSON('-0')
      if (item instanceof Map) return Object.fromEntries(item)
      return item
    },
    indent,
  )
}

function createScreen(sink: Sink): Screen {
  let drawn = 0
  const clear = () => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`)
  const on = sink.isTTY === true
  return {
    width: on ? (sink.columns ?? 80) : undefined,
    draw: (lines) => {
      if (!on) return
      sink.write(clear() + lines.map((line) => `${escapeControls(line)}\n`).join(''))
      drawn = lines.length
    },
    end: () => {
      if (on && drawn > 0) sink.write(clear())
      drawn = 0
    },
  }
}

const BAR_CELLS = 30

function createProgress(sink: Sink, label: string, total: number): Progress {
  let shown = -1
  let ended = false
  const share = (done: number) => (total > 0 ? Math.min(1, Math.max(0, done / total)) : 1)
  const draw = (done: number) => {
    const percent = Math.floor(share(done) * 100)
    if (percent === shown) return
    if (sink.isTTY === true) {
      const cells = Math.round((percent / 100) * BAR_CELLS)
      sink.write(`\r${label} ${'█'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)} ${percent} %`)
    } else if (Math.floor(percent / 10) > Math.floor(shown / 10)) sink.write(`${label}: ${percent} % (${done} of ${total})\n`)
    shown = percent
  }
  return {
    at: (done) => {
      if (!ended) draw(done)
    },
    end: () => {
      if (ended) return
      ended = true
      // What comes next says how it ended; a bar left standing would only be in its way.
      if (sink.isTTY === true) sink.write('\r\u001b[K')
    },
  }
}
