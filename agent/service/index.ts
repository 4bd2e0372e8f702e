export { type Notifier, notifierOf } from './notify.ts';
export { type Service, type ServiceOptions, startService } from './service.ts';
export {
  beatEveryMs,
  CAMERA_HANGS_MS,
  type CameraVitals,
  illness,
  statusLine,
  type Vitals,
} from './watchdog-policy.ts';
