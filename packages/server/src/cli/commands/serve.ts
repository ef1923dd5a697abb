import { ServeError } from '@slipway/protocol'
import { type Service, type ServiceOptions, startService } from '../../app/service.ts'
import { systemClock } from '../../base/clock.ts'
import { run } from '../../base/process.ts'
import { createLogger } from '../../observe/logger.ts'
import { printBanner, servedDocument } from '../banner.ts'
import { type Command, defineCommand } from '../command.ts'
import { CommandError, EXIT } from '../exit.ts'
import { loadSettings } from '../settings.ts'

export const serve: Command = defineCommand({
  name: 'serve',
  summary: 'Serves a .onnx file, a model package, a repository of packages, or the project in this folder.',
  takes: '[PATH…]',
  counts: [0, Number.POSITIVE_INFINITY],
  options: {
    host: { type: 'string', value: 'ADDRESS', help: 'The address to listen on; 127.0.0.1 when absent.' },
    port: { type: 'number', short: 'p', value: 'PORT', help: 'The port to listen on, 0 for any free one; 8080 when absent.' },
    'grpc-port': {
      type: 'string',
      value: 'PORT',
      help: 'The port of gRPC, 0 for any free one, or off; 8081 when absent, or the port after --port.',
    },
    config: { type: 'string', value: 'FILE', help: 'A settings file to read in place of slipway.yaml.' },
    'default-model': { type: 'string', value: 'NAME', help: 'The model of routes that name none; the only one when absent.' },
    'sagemaker-multi-model': { type: 'boolean', help: 'Serve SageMaker’s API that loads and unloads models under /models.' },
    'http-workers': {
      type: 'string',
      value: 'N',
      help: 'Processes that answer HTTP on one port, or auto; 1 when absent.',
    },
    insecure: { type: 'boolean', help: 'Serve without keys on an address that other machines reach.' },
    'log-level': { type: 'string', oneOf: ['debug', 'info', 'warn', 'error'], help: 'The least important messages that are logged.' },
    'log-format': { type: 'string', oneOf: ['auto', 'json', 'text'], help: 'How messages are written.' },
    open: { type: 'boolean', help: 'Open the playground in a browser.' },
  },
  examples: [
    ['slipway serve model.onnx', 'playground and API on http://127.0.0.1:8080'],
    ['slipway serve models/ --port 9000', 'every package of a repository'],
    ['slipway serve', 'the project in this folder (slipway.yaml)'],
  ],
  endsInOrder: true,
  run: async ({ options, paths }, { output, signal }) => {
    const settings = await loadSettings({
      paths,
      config: options.config,
      starts: true,
      flags: {
        'platform.multiModel': options['sagemaker-multi-model'] ? true : undefined,
        host: options.host,
        port: options.port,
        grpcPort: numberOrWord(options['grpc-port']),
        defaultModel: options['default-model'],
        'http.workers': numberOrWord(options['http-workers']),
        insecure: options.insecure ? true : undefined,
        'log.level': options['log-level'],
        'log.format': options['log-format'],
      },
    })
    const { config } = settings.loaded
    // A container of many models is given them one by one.
    if (settings.paths.length === 0 && !config.platform.multiModel)
      throw new CommandError(
        EXIT.usage,
        'there is nothing to serve: name a model, as in "slipway serve model.onnx", or put its path under models: in slipway.yaml',
      )
    const logger = createLogger({ level: config.log.level, format: config.log.format })
    if (config.platform.kind !== 'none')
      logger.warn(
        { platform: config.platform.kind, host: config.host, port: config.port },
        'started as the container of a platform: it stands in front and checks who calls, so nobody is asked for a key here',
      )
    const service = await start({ paths: settings.paths, config, logger, signal })
    try {
      if (signal.aborted) return EXIT.ok
      if (output.json) output.document(servedDocument(service))
      else printBanner(output, service, systemClock.monotonic())
      if (options.open) await openBrowser(service.url, (sentence) => output.note(sentence))
      await told(signal)
    } finally {
      await service.stop()
    }
    return EXIT.ok
  },
})

/** A setting that may not be is a matter of the command line. */
async function start(options: ServiceOptions): Promise<Service> {
  try {
    return await startService(options)
  } catch (error) {
    if (error instanceof ServeError && error.code === 'FAILED_PRECONDITION')
      throw new CommandError(EXIT.usage, error.message, { cause: error })
    throw error
  }
}

/** A port or a count as a number; words are told apart by the settings. */
function numberOrWord(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text
}

function told(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** A browser that does not open is no reason to stop serving. */
async function openBrowser(url: string, note: (sentence: string) => void): Promise<void> {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  try {
    await run(command, [...args, url], 10_000)
  } catch {
    note(`No browser could be opened; the playground is at ${url}`)
  }
}
