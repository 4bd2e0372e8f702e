export type { PreviewEvent } from '../camera/index.ts';
export { type ApiClient, connectApi } from './client.ts';
export { apiDescription } from './description.ts';
export { MAX_READS } from './filter.ts';
export type { ApiHandlers } from './route.ts';
export { apiPaths } from './routes.ts';
export { type Api, type ApiOptions, startApi } from './server.ts';
export * from './status.ts';
export { lineOf, type WitnessLine } from './witness.ts';
