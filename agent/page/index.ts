export { type Door, type DoorOptions, openDoor } from './door.ts';
export { type PageFile, type PageSource, pageFiles } from './files.ts';
export { createLive, type Live, type LiveHandlers, PING_EVERY_MS, type Viewer } from './live.ts';
