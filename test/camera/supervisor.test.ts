// What keeps a camera's process: where the machine has no room for one, the camera says so and is tried again.

import { test } from 'tap';
import { superviseCamera } from '../../agent/camera/index.ts';
import { schema } from '../../agent/config/index.ts';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { newRing } from '../../agent/seal/index.ts';
import { silent } from '../journal/records.ts';

test('no memory for a process ends neither the agent nor the trying', async (t) => {
  const config = schema.parse({
    ...{ version: 1, site: 's', box: 'b' },
    cameras: [{ id: 'pole', url: 'rtsp://192.0.2.1/' }],
  });
  const { models, reads, log } = config;
  const evidence = { ...config.evidence, directory: t.testdir(), keys: newRing() };
  const again = Promise.withResolvers<void>();
  let attempts = 0;
  const camera = superviseCamera({
    start: {
      ...{ type: 'start', camera: config.cameras[0]!, models, reads, earlyMs: null, evidence },
      log: { ...log, bindings: {} },
    },
    processes: {
      take() {
        if (++attempts === 2) again.resolve();
        // as Node throws it, where other faults come as an event
        throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
      },
    },
    keep: async () => {},
    pictures: createEvidenceStore(evidence),
    onChange: () => {},
    log: silent,
  });
  await again.promise;
  t.match(camera.report(), { state: 'failed', reason: 'process could not start: spawn ENOMEM', pid: null });
  await camera.close();
  t.match(camera.report(), { state: 'stopped', reason: null });
});
