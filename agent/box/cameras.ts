// The cameras of the running agent: which of them run follows the configuration, while the agent goes on. A camera that
// did not change is not touched.

import type { SupervisedCamera } from '../camera/index.ts';
import type { ConfigChanges } from '../config/index.ts';

export interface Cameras {
  /** in the configuration's order */
  all(): SupervisedCamera[];
  find(id: string): SupervisedCamera | undefined;
  /** `attach` gets the camera now, and again whenever it was started anew, until the signal aborts; false: no such camera. */
  follow(id: string, attach: (camera: SupervisedCamera) => void, signal: AbortSignal): boolean;
  /** Ends what was removed, starts what was added, ends and starts what changed. */
  apply(changes: ConfigChanges): Promise<void>;
  /** Ends them all: open passages are closed and their reads kept first. */
  close(): Promise<void>;
}

/** @param start starts the camera of that id as the configuration now says */
export function createCameras(start: (id: string) => SupervisedCamera): Cameras {
  let cameras: SupervisedCamera[] = [];
  const followers = new Set<{ id: string; attach: (camera: SupervisedCamera) => void }>();
  let closed = false;

  const find = (id: string) => cameras.find((camera) => camera.id === id);

  function begin(id: string): SupervisedCamera {
    const camera = start(id);
    for (const follower of followers) if (follower.id === id) follower.attach(camera);
    return camera;
  }

  return {
    all: () => [...cameras],
    find,
    follow(id, attach, signal) {
      const camera = find(id);
      if (!camera || signal.aborted) return camera !== undefined;
      const follower = { id, attach };
      followers.add(follower);
      signal.addEventListener('abort', () => followers.delete(follower), { once: true });
      attach(camera);
      return true;
    },
    async apply({ config, added, removed, changed }) {
      const ending = new Set([...removed, ...changed]);
      // A camera allows few sessions: the old one ends before the new one begins.
      await Promise.all(cameras.filter(({ id }) => ending.has(id)).map((camera) => camera.close()));
      if (closed) return;
      const begun = [...added, ...changed].map(begin);
      const running = [...cameras.filter(({ id }) => !ending.has(id)), ...begun];
      cameras = config.cameras.flatMap(({ id }) => running.find((camera) => camera.id === id) ?? []);
    },
    async close() {
      closed = true;
      await Promise.all(cameras.map((camera) => camera.close()));
    },
  };
}
