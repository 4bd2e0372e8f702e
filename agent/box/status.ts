// What the box says of itself: to the technician's commands, and to the centre.

import type { AgentStatus } from '../api/index.ts';
import type { SupervisedCamera } from '../camera/index.ts';
import type { Config } from '../config/index.ts';
import type { StatusMessage } from '../contract/index.ts';
import type { JournalCounts } from '../journal/index.ts';
import { isoOf } from '../shared/time.ts';
import type { StatusFields, UplinkState } from '../uplink/index.ts';
import { lostKeys } from './keys.ts';
import type { Box } from './types.ts';
import { version } from './version.ts';

/** For `anpr status`. */
export async function agentStatus(box: Box): Promise<AgentStatus> {
  const { config, journal, keys, cameras } = box;
  const today = await journal.readsSince(new Date().setHours(0, 0, 0, 0));
  return {
    version,
    pid: process.pid,
    startedAt: box.startedAt,
    site: config.site,
    box: config.box,
    configPath: box.configPath,
    cameras: cameras.all().map((camera) => ({
      id: camera.id,
      readsToday: today[camera.id] ?? 0,
      ...camera.report(),
    })),
    journal: await journal.counts(),
    waiting: box.keeper.waiting(),
    keys: { ...keys.status, problem: keys.status.problem ?? lostKeys(journal) },
    uplink: uplinkStatusOf(box.uplink.state()),
    hits: { ...box.hits.status(), alarms: box.alarms.status() },
    models: modelsOf(box.reloader.config, cameras.all()),
    config: box.reloader.status(),
    watchlists: box.published.status(),
  };
}

/** For the centre: the retained status message. */
export async function centreStatus({ journal, keys, cameras, published }: Box): Promise<StatusFields> {
  return {
    agent: version,
    epoch: journal.epoch,
    keys: keys.status.known,
    queue: queueOf(await journal.counts()),
    cameras: cameras.all().map((camera) => {
      const { state, reason } = camera.report();
      return { id: camera.id, state, reason };
    }),
    watchlists: published.status(),
  };
}

function uplinkStatusOf({ sentTotal, ...state }: UplinkState): AgentStatus['uplink'] {
  return { ...state, delivered: sentTotal };
}

/** The models by name, and what they are once a camera has loaded them. */
function modelsOf({ models }: Config, cameras: SupervisedCamera[]): AgentStatus['models'] {
  const software = cameras.map((camera) => camera.software()).find((loaded) => loaded !== null);
  return (
    software ?? {
      detector: { name: models.detector, sha256: null },
      ...(models.straightener === 'none'
        ? {}
        : { straightener: { name: models.straightener, sha256: null } }),
      reader: { name: models.reader, sha256: null },
    }
  );
}

function queueOf({ pending, sent, dead, oldestPendingAt }: JournalCounts): StatusMessage['queue'] {
  return { pending, sent, dead, oldestPendingAt: oldestPendingAt === null ? null : isoOf(oldestPendingAt) };
}
