export { type Broker, brokersOf } from './broker-policy.ts';
export type { StatusFields } from './message.ts';
export { isWrongVersion, wordsOf } from './reasons.ts';
export * from './types.ts';
export { startUplink, UPLINK_OFF } from './uplink.ts';
