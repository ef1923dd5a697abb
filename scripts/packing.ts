/** Compiles the packages and makes the tarballs that npm would publish. Sources stay untouched; everything lands in dist/. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { type Manifest, publishedManifest } from './package-manifest.ts'
import { buildUi } from './ui-build.ts'
import { inRoot } from './workspace.ts'

/** In the order they need each other's types. */
const PUBLISHED = ['protocol', 'onnx', 'client', 'server'] as const
const STAGE = inRoot('dist', 'packages')

const readManifest = (...parts: string[]): Manifest => JSON.parse(readFileSync(inRoot(...parts, 'package.json'), 'utf8')) as Manifest

async function stage(name: (typeof PUBLISHED)[number]): Promise<string> {
  const source = inRoot('packages', name)
  const target = join(STAGE, name)
  await runCommand([inRoot('node_modules', '.bin', 'tsc'), '-p', join(source, 'tsconfig.build.json')])
  for (const part of ['bin', 'ui', 'proto', 'python', 'report', 'README.md'])
    if (existsSync(join(source, part))) cpSync(join(source, part), join(target, part), { recursive: true })
  cpSync(inRoot('LICENSE'), join(target, 'LICENSE'))
  const manifest = publishedManifest(readManifest('packages', name), readManifest())
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return target
}

/** Makes all tarballs and answers their paths; rejects with the words of the tool that failed. */
export async function packAll(): Promise<readonly string[]> {
  rmSync(inRoot('dist'), { recursive: true, force: true })
  mkdirSync(STAGE, { recursive: true })
  await buildUi()
  for (const name of PUBLISHED) {
    const folder = await stage(name)
    await runCommand(['npm', 'pack', folder, '--pack-destination', inRoot('dist'), '--silent'])
  }
  return readdirSync(inRoot('dist'))
    .filter((file) => file.endsWith('.tgz'))
    .sort()
    .map((file) => inRoot('dist', file))
}
