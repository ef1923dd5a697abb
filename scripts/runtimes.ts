/** Other JavaScript runtimes on this machine that tests run the packages on. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { inRoot } from './workspace.ts'

const suffix = process.platform === 'win32' ? '.exe' : ''

function pathFolders(): readonly string[] {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
}

/** Bun as npm brought it, else one on the PATH. */
export function findBun(): string | undefined {
  const bundled = inRoot('node_modules', '@oven', `bun-${process.platform}-${process.arch}`, 'bin', `bun${suffix}`)
  return [bundled, ...pathFolders().map((folder) => join(folder, `bun${suffix}`))].find((path) => existsSync(path))
}

/** A Node from 20 to 23: the oldest kind of machine that Slipway promises to run on. */
export function findOldNode(): string | undefined {
  return pathFolders()
    .map((folder) => join(folder, `node${suffix}`))
    .find((path) => existsSync(path) && isOld(path))
}

function isOld(path: string): boolean {
  try {
    const major = Number(execFileSync(path, ['--version'], { encoding: 'utf8' }).slice(1).split('.')[0])
    return major >= 20 && major < 24
  } catch {
    return false
  }
}
