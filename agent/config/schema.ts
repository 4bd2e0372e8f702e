// The configuration: one schema for types, checking, defaults and editor completion. Every key has a description;
// config/agent.example.yaml explains the same keys to people.

import { z } from 'zod';
import { UNCERTAIN_BELOW } from '../confidence/index.ts';

const id = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/, 'letters, digits, "_" and "-" only')
  .max(64);
const share = z.number().min(0).max(1);
const polygon = z
  .array(z.tuple([share, share]))
  .min(3)
  .describe('corners as [x, y], each a share of the picture: 0 is left or top, 1 is right or bottom');

/** An `@` behind the host's part may belong to the path; one before it, or after an impossible port, hides a password. */
const withoutSecret = [
  (url: string) => !/^[a-z]+:\/\/[^/?#]*@/.test(url) && (URL.canParse(url) || !url.includes('@')),
  'an address without user and password (those go to username and passwordFile)',
] as const;
const validAddress = [
  (url: string) => URL.canParse(url) || url.includes('@'),
  'an address that can be understood, like scheme://host:port/path',
] as const;

export const cameraSchema = z.strictObject({
  id: id.describe('name of the camera in messages, commands and logs'),
  url: z
    .string()
    .regex(/^(rtsps?|file):\/\//, 'an address that starts with rtsp://, rtsps:// or file://')
    .refine(...withoutSecret)
    .refine(...validAddress)
    .describe('RTSP address without user and password, or file:///path of a recorded video'),
  username: z.string().optional().describe('user name for the camera'),
  passwordFile: z
    .string()
    .optional()
    .describe('file with the password; a bare name is a systemd credential (LoadCredential=)'),
  enabled: z.boolean().default(true).describe('false: configured but not pulled'),
  transport: z.enum(['tcp', 'udp']).default('tcp').describe('how RTSP carries the pictures'),
  decode: z
    .enum(['auto', 'software', 'vaapi', 'v4l2m2m', 'cuda'])
    .default('auto')
    .describe('where video is decoded; falls back to software with a message'),
  stallSeconds: z
    .number()
    .min(1)
    .max(60)
    .default(8)
    .describe('no frame for so long: the stream is stalled and started anew'),
  region: polygon.optional().describe('plates are looked for inside this polygon only'),
  masks: z.array(polygon).default([]).describe('plates inside these polygons are ignored'),
  lanes: z
    .array(z.strictObject({ id: id.describe('name of the lane in reads'), polygon }))
    .default([])
    .describe('lanes of the road'),
  motion: z
    .strictObject({
      enabled: z.boolean().default(true).describe('look for plates only where something moves'),
      threshold: z
        .number()
        .min(1)
        .max(255)
        .default(12)
        .describe('grey levels a pixel must change by to count as moving'),
      minShare: share.default(0.0015).describe('share of the picture that must move'),
    })
    .prefault({})
    .describe('motion gate'),
  looksPerSecond: z
    .number()
    .min(1)
    .max(60)
    .default(12)
    .describe('how often at most the detector looks; fewer under load'),
  headingDegrees: z
    .number()
    .min(0)
    .max(360)
    .optional()
    .describe('where the camera looks, clockwise from north'),
});

const brokerUrl = z
  .string()
  .regex(/^mqtts?:\/\//, 'an address that starts with mqtt:// or mqtts://')
  .refine(...withoutSecret)
  .refine(...validAddress);
const brokerLogin = {
  username: z.string().optional().describe('user name for the broker'),
  passwordFile: z.string().optional().describe('file with the password, or the name of a systemd credential'),
  caFile: z.string().optional().describe("certificate authority that signed the broker's certificate (PEM)"),
  certFile: z.string().optional().describe("this box's certificate (PEM)"),
  keyFile: z
    .string()
    .optional()
    .describe("this box's private key (PEM), or the name of a systemd credential"),
};

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
        .describe('folder with detector/ and reader/; default: the models that came with the agent'),
      detector: z.string().default('centre-v1').describe('folder name of the detector'),
      detectorInput: z
        .string()
        .default('default')
        .describe("which of the detector's inputs: default, or a name in its manifest, like small or large"),
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
  journal: z
    .strictObject({
      path: z.string().default('/var/lib/anpr/journal.db').describe('SQLite file of the journal'),
      maxSizeMb: z
        .int()
        .min(20)
        .default(4000)
        .describe('size of the file at most (1 MB = 1,000,000 bytes); delivered records go first, hits last'),
      keepDeliveredDays: z
        .number()
        .min(0)
        .default(7)
        .describe('delivered records are kept for so long, for the centre to ask for again'),
      maxAgeDays: z
        .number()
        .min(1)
        .default(365)
        .describe('undelivered records older than this are removed and reported as a gap'),
    })
    .prefault({})
    .describe('where reads are kept until the centre has them'),
  evidence: z
    .strictObject({
      directory: z.string().default('/var/lib/anpr/evidence').describe('folder for the pictures'),
      maxSizeMb: z
        .int()
        .min(20)
        .default(12_000)
        .describe('size of all pictures at most (1 MB = 1,000,000 bytes); delivered ones go first'),
      keepDeliveredDays: z.number().min(0).default(7).describe('delivered pictures are kept for so long'),
      maxAgeDays: z
        .number()
        .min(1)
        .default(90)
        .describe('undelivered pictures older than this are removed and reported as a gap'),
      overview: z
        .enum(['none', 'full'])
        .default('full')
        .describe('keep a picture of the whole scene with each read'),
      jpegQuality: z.int().min(30).max(100).default(85).describe('JPEG quality'),
    })
    .prefault({})
    .describe('the pictures of a read'),
  uplink: z
    .strictObject({
      url: brokerUrl.describe('the broker, like mqtts://broker.example:8883'),
      protocol: z
        .enum(['auto', '5', '3.1.1'])
        .default('auto')
        .describe('auto: MQTT 5, and 3.1.1 when the broker refuses that'),
      clientId: id.optional().describe('MQTT client id; default: anpr-{site}-{box}'),
      ...brokerLogin,
      fallbacks: z
        .array(z.strictObject({ url: brokerUrl.describe('address of the broker'), ...brokerLogin }))
        .default([])
        .describe(
          'further brokers, in order, for when those before them cannot be reached; what one does not say is as above',
        ),
      keepAliveSeconds: z.int().min(5).max(600).default(20).describe('MQTT keep-alive'),
      window: z
        .int()
        .min(1)
        .max(1000)
        .default(20)
        .describe('messages in flight at most, within what the broker allows'),
      reconnectSeconds: z
        .int()
        .min(1)
        .max(600)
        .default(10)
        .describe('a broker that is back is met within so long; each box takes a random moment of it'),
      pictures: z
        .strictObject({
          send: z
            .enum(['none', 'plate', 'all'])
            .default('none')
            .describe('which pictures go without being asked for'),
          dailyMiB: z
            .number()
            .min(0)
            .default(200)
            .describe('pictures sent in a day, asked for or not, at most'),
        })
        .prefault({})
        .describe('sending of pictures, after everything else'),
    })
    .optional()
    .describe('where reads are sent; without it they stay in the journal'),
  api: z
    .strictObject({
      socket: z
        .string()
        .default('/run/anpr/anpr.sock')
        .describe('Unix socket the commands talk to the agent through'),
    })
    .prefault({})
    .describe('the local API'),
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
