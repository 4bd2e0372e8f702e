// The configuration: one schema for types, checking, defaults and editor completion. Every key has a description;
// config/agent.example.yaml explains the same keys to people. The larger parts lie in schema/, one subject a file.

import { z } from 'zod';
import { UNCERTAIN_BELOW } from '../confidence/index.ts';
import { cameraSchema } from './schema/camera.ts';
import { hits } from './schema/hits.ts';
import { evidence, journal } from './schema/keeping.ts';
import { id, share } from './schema/parts.ts';
import { uplink } from './schema/uplink.ts';
import { watchlistSchema, watchlists } from './schema/watchlists.ts';

export { cameraSchema, watchlistSchema };

export const schema = z.strictObject({
  version: z.literal(1).describe('version of this file format'),
  site: id.describe('name of the site in topics'),
  box: id.describe('name of this box in topics'),
  position: z
    .strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) })
    .optional()
    .describe('where the box stands'),
  cameras: z.array(cameraSchema).default([]).describe('the cameras of this box'),
  models: z
    .strictObject({
      directory: z
        .string()
        .optional()
        .describe(
          'folder with detector/, straightener/ and reader/; default: the models that came with the agent',
        ),
      detector: z.string().default('centre-v1').describe('folder name of the detector'),
      detectorInput: z
        .string()
        .default('default')
        .describe("which of the detector's inputs: default, or a name in its manifest, like small or large"),
      straightener: z
        .string()
        .default('corners-v1')
        .describe(
          'folder name of what puts corners right before a plate is read; none: as the detector gives them',
        ),
      reader: z.string().default('crnn-v1').describe('folder name of the reader'),
      threads: z.int().min(1).max(16).default(1).describe('threads ONNX Runtime may use for each camera'),
      detectorThreshold: share
        .optional()
        .describe("detections below this score are ignored; default: the model's own"),
    })
    .prefault({})
    .describe('which models read'),
  reads: z
    .strictObject({
      minConfidence: share
        .default(0.05)
        .describe('what is read with less confidence than this is taken for no plate, and dropped'),
      uncertainBelow: share
        .default(UNCERTAIN_BELOW)
        .describe('reads below this confidence are kept and marked uncertain'),
      minCharacters: z.int().min(1).max(12).default(3).describe('shorter texts are not kept'),
    })
    .prefault({})
    .describe('which reads are kept'),
  journal,
  evidence,
  uplink,
  watchlists,
  audit: z
    .strictObject({
      reasonRequired: z
        .boolean()
        .default(false)
        .describe('nothing that was read is shown without a reason (--reason), which the audit log keeps'),
    })
    .prefault({})
    .describe('the log of who looks at reads'),
  hits,
  api: z
    .strictObject({
      socket: z
        .string()
        .default('/run/anpr/anpr.sock')
        .describe('Unix socket the commands talk to the agent through'),
    })
    .prefault({})
    .describe('the local API'),
  metrics: z
    .strictObject({
      port: z
        .int()
        .min(1)
        .max(65_535)
        .optional()
        .describe(
          'where Prometheus may ask (HTTP, /metrics); default: nowhere but on the socket of the local API',
        ),
      address: z.string().default('127.0.0.1').describe('address that it listens on'),
    })
    .prefault({})
    .describe('numbers for monitoring; no plate is in them'),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('least level logged'),
    })
    .prefault({})
    .describe('logging'),
});

export type Config = z.output<typeof schema>;
export type CameraConfig = z.output<typeof cameraSchema>;
export type UplinkConfig = NonNullable<Config['uplink']>;
