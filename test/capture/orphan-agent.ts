// The agent of orphan.test.ts: opens one camera, says when its ffmpeg has come so far, and waits to be killed.
// Arguments: url, `streaming` or `connecting`.

import { openCamera } from '../../agent/capture/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { cameraConfig, ffmpegsOf } from './support.ts';

const [url = '', wanted] = process.argv.slice(2);
const camera = openCamera(cameraConfig({ url, stallSeconds: 60 }), {
  log: createLog('silent'),
  firstFrameMs: 60_000,
});
if (wanted === 'streaming') {
  const { value } = await camera.frames()[Symbol.asyncIterator]().next();
  value?.release();
}
while (ffmpegsOf(process.pid).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
console.log(JSON.stringify(ffmpegsOf(process.pid)));
setInterval(() => {}, 60_000);
