export {
  cameraClock,
  cameraStreams,
  type DeviceOptions,
  type Stream,
  serviceAt,
} from './device.ts';
export { type Discovered, type DiscoverOptions, discoverCameras } from './discover.ts';
export type { Profile } from './messages.ts';
