export { type ConfigCheck, checkConfig } from './check.ts';
export {
  addCamera,
  type NewCamera,
  removeCamera,
  setCameraPassword,
  setUplinkFiles,
  type UplinkFiles,
} from './edit.ts';
export { type NamedFile, namedFiles } from './files.ts';
export { exampleFor, type InitOptions, initConfig } from './init.ts';
export { ConfigError, type LoadOptions, loadConfig, parseConfig } from './load.ts';
export { configPath, DEFAULT_CONFIG_PATH } from './path.ts';
export type { ConfigProblem } from './problems.ts';
export { type ConfigChanges, changesOf } from './reload-policy.ts';
export { resolvedConfig } from './resolved.ts';
export * from './schema.ts';
export { jsonSchema, rootShape, type Shape } from './shape.ts';
