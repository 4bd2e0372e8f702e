// What the running agent tells of itself: the answer behind `anpr status`. Times are UTC epoch milliseconds.

import { z } from 'zod';
import { cameraStates, rejectionCauses, watchlistStatus } from '../contract/index.ts';

const epochMs = z.number();

const cameraStatus = z.object({
  id: z.string(),
  state: z.enum(cameraStates),
  reason: z.string().nullable().describe('why it is in this state, when that is not obvious'),
  since: epochMs.describe('when it came into this state'),
  fps: z.number().nullable().describe('frames a second lately; null: none yet'),
  width: z.int().nullable(),
  height: z.int().nullable(),
  decode: z.string().nullable().describe('where video is decoded: software, vaapi …'),
  framesDecoded: z.int(),
  framesDropped: z.int().describe('decoded, but overtaken by a newer one before anybody looked'),
  looks: z.int().describe('frames that the detector looked at'),
  passages: z.int().describe('since the agent started'),
  reads: z.int().describe('since the agent started'),
  readsToday: z.int().describe("since midnight in the box's time zone, whenever the agent started"),
  lastReadAt: epochMs.nullable(),
  pid: z.int().nullable().describe("the camera's own process; null while there is none"),
});

export const journalCounts = z.object({
  epoch: z.string(),
  lastSeq: z.int(),
  records: z.int(),
  pending: z.int(),
  sent: z.int().describe('acknowledged by the broker'),
  confirmed: z.int().describe("covered by the consumer's receipt"),
  dead: z.int(),
  oldestPendingAt: epochMs.nullable(),
  sizeBytes: z.int(),
});

const waitingReads = z.object({
  reads: z.int().describe('reads that the journal has not taken yet; they are held in memory'),
  reason: z.string().nullable().describe('why the journal takes none; null while it does'),
  since: epochMs.nullable(),
});

export const uplinkStates = [
  'off',
  'connecting',
  'connected',
  'held',
  'waiting',
  'refused',
  'closed',
] as const;

const uplinkStatus = z.object({
  state: z
    .enum(uplinkStates)
    .describe('off: none is configured; held: the broker takes no records; waiting: for the next attempt'),
  reason: z.string().nullable(),
  protocol: z.string().nullable().describe('5 or 3.1.1, once connected'),
  broker: z.string().nullable().describe('address without secrets'),
  since: epochMs,
  inFlight: z.int(),
  delivered: z.int().describe('records acknowledged since the agent started'),
});

const keysStatus = z.object({
  place: z
    .enum(['credential', 'file'])
    .describe('credential: sealed to this machine; file: opens for who has the disk'),
  path: z.string(),
  made: z.boolean().describe('at this start: there were none'),
  problem: z.string().nullable().describe('why the keys that were there could not be used'),
  current: z.string().describe('id of the key that signs'),
  known: z.array(z.object({ id: z.string(), publicKey: z.string() })),
});

const modelStatus = z.object({
  name: z.string(),
  sha256: z.string().nullable().describe('null until it has been loaded'),
});

const configStatus = z.object({
  loadedAt: epochMs.describe('since when it holds'),
  problem: z.string().nullable().describe('why the file was not taken up when it was last looked at'),
  atNextStart: z.array(z.string()).describe('keys whose change waits for the next start'),
});

export const reloadAnswer = z.object({
  added: z.array(z.string()).describe('cameras that run now and did not'),
  removed: z.array(z.string()).describe('cameras that no longer run'),
  changed: z.array(z.string()).describe('cameras that were started anew'),
  uplink: z
    .enum(['unchanged', 'anew', 'ended'])
    .describe('the connection to the broker; ended: none is configured any more'),
  atNextStart: configStatus.shape.atNextStart,
});

export type ReloadAnswer = z.infer<typeof reloadAnswer>;

const count = z.int().min(0);

const hitsStatus = z.object({
  waiting: count.describe('that nobody has acknowledged, of the last day'),
  raised: count.describe('since the agent started'),
  withdrawn: count.describe(
    'since the agent started: early ones that the end of the passage did not bear out',
  ),
  silenced: count.describe('since the agent started: the same entry had just raised one'),
  judged: z
    .record(
      z.string(),
      z.object({ confirmed: count, rejected: z.partialRecord(z.enum(rejectionCauses), count) }),
    )
    .describe('by camera, of the last 30 days: what people made of the hits'),
  alarms: z
    .array(
      z.object({
        name: z.enum(['mqtt', 'webhook']),
        raised: count,
        waiting: count,
        problem: z.string().nullable().describe('why the last attempt failed'),
      }),
    )
    .optional()
    .describe('raised on the spot'),
});

export const agentStatus = z.object({
  version: z.string(),
  pid: z.int(),
  startedAt: epochMs,
  site: z.string(),
  box: z.string(),
  configPath: z.string(),
  cameras: z.array(cameraStatus),
  journal: journalCounts,
  waiting: waitingReads,
  keys: keysStatus,
  uplink: uplinkStatus,
  hits: hitsStatus.optional().describe('absent: an older agent'),
  models: z.object({ detector: modelStatus, straightener: modelStatus.optional(), reader: modelStatus }),
  config: configStatus,
  watchlists: z.array(watchlistStatus).optional().describe('absent: an older agent'),
});

export type AgentStatus = z.infer<typeof agentStatus>;
export type CameraStatus = z.infer<typeof cameraStatus>;
