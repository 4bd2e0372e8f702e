// A second door, for a camera's process: behind the first one are still pictures and the adding of models too, with the picture
// library and a reader of YAML that nobody needs who looks at frames.

export { loadVision, smallLimitsOf } from './vision.ts';
