export type { BestPicture } from './best-picture.ts';
export type { CameraRead } from './passages.ts';
export { type CameraProcesses, prepareProcesses } from './processes.ts';
export type {
  CameraReport,
  EarlyFromChild,
  EarlyPictures,
  Software,
  StartMessage,
} from './protocol.ts';
export type { Snapshot } from './snapshot.ts';
export { type CameraNote, type PreviewEvent, type SupervisedCamera, superviseCamera } from './supervisor.ts';
export type { SeenPlate, WitnessNote } from './witness.ts';
