/** Finds a Redis server for the tests of the shared cache, or installs Debian's. */
import { installFromDebian, isDebianAsRoot, isProgram, placesOf } from './debian.ts'

const MISSING = 'no redis-server found on the PATH; install Redis or Valkey'

export function findRedis(): string | undefined {
  return placesOf(['redis-server', 'valkey-server']).find(isProgram)
}

/** Finds a Redis server or, on Debian as root, installs one; the answer is why there is none, if so. */
export async function provideRedis(say: (line: string) => void): Promise<string | undefined> {
  if (findRedis() !== undefined) return undefined
  if (!isDebianAsRoot()) return MISSING
  return (await installFromDebian('redis-server', say)) ?? (findRedis() === undefined ? MISSING : undefined)
}
