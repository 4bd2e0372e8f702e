export {
  cameraClock,
  cameraStreams,
  type DeviceOptions,
  deviceInformation,
  type Stream,
  serviceAt,
} from './device.ts';
export { type Discovered, type DiscoverOptions, discoverCameras } from './discover.ts';
export type { DeviceInformation, Profile } from './messages.ts';
