export {
  type Camera,
  type CameraOptions,
  type CameraStatus,
  openCamera,
} from './camera.ts';
export { inputOf, isFile, pathIn } from './ffmpeg-arguments.ts';
export { judge, redacted } from './ffmpeg-messages.ts';
export { type FfmpegTools, findTools } from './ffmpeg-process.ts';
export * from './frame.ts';
export { createLookPacer, type LookPacer } from './look-policy.ts';
export { createMotionGate, type MotionGate } from './motion.ts';
