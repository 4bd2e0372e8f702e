export { CONTENT_TYPE } from './exposition.ts';
export { healthMessageOf, publishHealth } from './health-message.ts';
export { type Listener, startListener } from './listener.ts';
export { type Facts, metrics } from './table.ts';
export { startWatch, type Watch } from './watch.ts';
