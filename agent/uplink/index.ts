export type { StatusFields } from './message.ts';
export * from './types.ts';
export { startUplink, UPLINK_OFF } from './uplink.ts';
