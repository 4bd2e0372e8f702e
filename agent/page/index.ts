export { type Door, type DoorOptions, openDoor } from './door.ts';
export { type PageFile, type PageWords, pageFiles } from './headers.ts';
export { createLive, type Live, type LiveHandlers, PING_EVERY_MS, type Viewer } from './live.ts';
export { type Refusals, refusalsIn } from './refusal.ts';
