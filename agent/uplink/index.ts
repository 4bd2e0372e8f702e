export { type Broker, brokersOf } from './broker-policy.ts';
export type { Received } from './connection.ts';
export { type Message, pictureMessageOf, type StatusFields } from './message.ts';
export { isWrongVersion, wordsOf } from './reasons.ts';
export { UPLINK_OFF } from './state.ts';
export * from './types.ts';
export { startUplink } from './uplink.ts';
