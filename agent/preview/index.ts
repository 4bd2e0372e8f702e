export { checkEncoder } from './encoder.ts';
export { type Preview, type PreviewEnd, type PreviewOptions, startPreview, USUAL_PORT } from './server.ts';
