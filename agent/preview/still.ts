// The first picture: what the camera sees, as a JPEG, that a browser paints before the video's player has even started.

import type { ApiClient } from '../api/index.ts';

/** One that was taken when the address was opened is still the newest when the page asks for it. */
const FRESH_MS = 1500;
/** Later the video is there, or the camera is not. */
const LONGEST_MS = 3000;

export interface Still {
  /** Has one taken: the page that will ask for it is on its way. */
  begin(): void;
  /** JPEG; undefined: none can be had in time */
  take(): Promise<Buffer | undefined>;
}

/** @param agent the one that is asked, found in its own time */
export function createStill(
  agent: () => Promise<ApiClient>,
  { camera, widthPx }: { camera: string; widthPx: number },
): Still {
  let taken: { at: number; jpeg: Promise<Buffer | undefined> } | undefined;

  async function ask(): Promise<Buffer | undefined> {
    const picture = agent()
      .then((api) => api.snapshot(camera, widthPx))
      .then(({ jpeg }) => jpeg);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), LONGEST_MS);
    });
    try {
      return await Promise.race([picture, late]);
    } catch {
      // what is wrong with the agent or the camera the page is told anyway
      return undefined;
    } finally {
      clearTimeout(timer);
      picture.catch(() => {});
    }
  }

  return {
    begin() {
      taken = { at: performance.now(), jpeg: ask() };
    },
    async take() {
      const begun = taken;
      taken = undefined;
      return await (begun && performance.now() - begun.at < FRESH_MS ? begun.jpeg : ask());
    },
  };
}
