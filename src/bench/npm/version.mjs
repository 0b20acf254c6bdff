import { readFileSync } from 'node:fs'

/** Which version of a package is installed here. */
export const version = name =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version
