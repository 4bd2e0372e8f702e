// A second door, for who follows a camera in his own process: behind it are the models' runtime and the picture library, which the
// agent's main process never needs.

export { type Aiming, createAiming, type LoopWatcher } from './aiming.ts';
export { followCamera, type LoopCounts, type LoopParts } from './loop.ts';
