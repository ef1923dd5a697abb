/** Structured logs: JSON lines for machines, coloured lines for people. Nothing that a caller sent can forge or hide a line. */
import { type Clock, systemClock } from '../base/clock.ts'
import { type Fields, jsonLine, textLine } from './log-line.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

type Write = (fields: Fields, sentence: string) => void

/** `logger.info({ model, version }, 'sentence')`. A level that is off costs one empty call. */
export interface Logger {
  readonly level: LogLevel
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  /** A logger that adds `fields` to every line. */
  child(fields: Fields): Logger
}

export interface LoggerOptions {
  readonly level: LogLevel
  /** `auto` is text on a terminal and JSON elsewhere. */
  readonly format: 'auto' | 'json' | 'text'
  /** Takes one line with its newline; standard error when absent. */
  readonly write?: (line: string) => void
  /** Colour for the text format; when absent, only if standard error is a terminal that wants it. */
  readonly color?: boolean
  readonly clock?: Clock
}

const silent: Write = () => {}

/** A logger of the level and format; never throws, whatever it is given. */
export function createLogger(options: LoggerOptions): Logger {
  const clock = options.clock ?? systemClock
  const write = options.write ?? ((line: string) => void process.stderr.write(line))
  const terminal = options.write === undefined && process.stderr.isTTY === true
  const asText = options.format === 'text' || (options.format === 'auto' && terminal)
  const color = options.color ?? (terminal && process.stderr.hasColors?.() === true)
  const line = (level: LogLevel, fields: Fields, sentence: string) => {
    const record = { time: new Date(clock.now()).toISOString(), level, sentence, fields }
    write(asText ? textLine(record, { color }) : jsonLine(record))
  }
  return bind(line, options.level, {})
}

function bind(line: (level: LogLevel, fields: Fields, sentence: string) => void, least: LogLevel, bound: Fields): Logger {
  const at = (level: LogLevel): Write => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return silent
    return (fields, sentence) => line(level, { ...bound, ...fields }, sentence)
  }
  return {
    level: least,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => bind(line, least, { ...bound, ...fields }),
  }
}
