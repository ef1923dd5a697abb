import type { Rewriting, ServedValue } from './rewrite/rewriting.ts'
export function addLabels(_r: Rewriting, _o: readonly ServedValue[]): void {}
