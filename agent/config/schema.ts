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

const OVERVIEWS = ['none', 'masked', 'full'] as const;

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
  quietMinutes: z
    .number()
    .min(1)
    .optional()
    .describe('no passage for longer than this while it streams raises a warning; default: never'),
  overview: z.enum(OVERVIEWS).optional().describe('as evidence.overview, for this camera; default: that'),
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

const columnName = z.string().min(1).max(100);

export const watchlistSchema = z.strictObject({
  id: id.describe('name of the list in commands, messages and hits'),
  kind: z
    .enum(['alert-if-listed', 'alert-if-absent'])
    .default('alert-if-listed')
    .describe('whether a plate that is on the list raises a hit, or one that is not'),
  priority: z.int().min(1).max(9).default(5).describe('1 is the most urgent; an entry may have its own'),
  source: z.string().max(200).optional().describe('who publishes the list; an entry may have its own'),
  reason: z.string().max(500).optional().describe('why its plates are looked for; an entry may have its own'),
  instruction: z
    .string()
    .max(500)
    .optional()
    .describe('what whoever meets one is to do; an entry may have its own'),
  expectedPer10000: z
    .number()
    .gt(0)
    .max(9999)
    .default(1)
    .describe('of 10,000 passages at this box about so many are of a plate on the list'),
  cameras: z
    .array(id)
    .min(1)
    .optional()
    .describe('only what these cameras read is held against the list; default: what all read'),
  silenceSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(300)
    .describe(
      'after a hit of an entry another passage of it raises none for so long; 0: each passage raises one',
    ),
  match: z
    .strictObject({
      policy: z
        .enum(['probability', 'differences'])
        .default('probability')
        .describe(
          'probability: what the camera saw decides; differences: so many characters may differ, as other platforms have it',
        ),
      lengths: z
        .array(
          z.strictObject({
            length: z.int().min(2).max(12).describe('characters of the read'),
            differences: z
              .union([z.literal(0), z.literal(1)])
              .default(0)
              .describe('characters that may be other ones, missing or too many'),
            lookAlikes: z
              .int()
              .min(0)
              .max(2)
              .default(1)
              .describe('characters that may be ones that look alike'),
          }),
        )
        .optional()
        .describe('policy differences, by length; a length that is not there has to match exactly'),
    })
    .prefault({})
    .describe('how a read is held against the list'),
  bestBeforeDays: z
    .number()
    .gt(0)
    .optional()
    .describe('a version older than this still works, and says that it is overdue'),
  keepDays: z
    .number()
    .gt(0)
    .optional()
    .describe(
      'a version older than this counts no more and is removed; default: it stays until the next one',
    ),
  publishers: z
    .array(id)
    .optional()
    .describe('who may publish the list over MQTT; default: every one of watchlists.publishers; []: nobody'),
  columns: z
    .strictObject({
      plate: columnName
        .default('plate')
        .describe('the plate, exact or with ? and *; the only column that must be there'),
      country: columnName.default('country').describe("the country's sign as on the plate; empty: any"),
      from: columnName.default('from').describe('first day or moment'),
      to: columnName.default('to').describe('last day, or the moment after it'),
      days: columnName.default('days').describe('days of the week: mon-fri'),
      hours: columnName.default('hours').describe('hours of the day: 22:00-06:00'),
      zones: columnName
        .default('zones')
        .describe('names of zones, where the entry counts only there (watchlists.zones)'),
      priority: columnName.default('priority').describe('1 to 9'),
      reason: columnName.default('reason').describe('why it is looked for'),
      instruction: columnName.default('instruction').describe('what is to be done'),
      source: columnName.default('source').describe('who asks'),
      reference: columnName.default('reference').describe("the source's own name of the entry"),
      action: columnName.default('action').describe('in a delta: add (or empty) or remove'),
    })
    .prefault({})
    .describe("what the source's files call each column"),
  ignoreColumns: z
    .array(columnName)
    .default([])
    .describe("columns of the source's files that are left out; any other unknown one refuses the file"),
  delimiter: z.enum([',', ';', '\t']).default(',').describe('what separates the fields of a CSV file'),
});

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
        .enum(OVERVIEWS)
        .default('masked')
        .describe(
          'picture of the scene with each read: none; masked: only the lower part of its vehicle is clear; full: occupants and passers-by too',
        ),
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
  watchlists: z
    .strictObject({
      directory: z.string().default('/var/lib/anpr/watchlists').describe('folder for the lists, sealed'),
      lists: z.array(watchlistSchema).default([]).describe('the lists that this box knows'),
      zones: z
        .array(id)
        .default([])
        .describe('the zones that this box lies in: entries for other zones do not count here'),
      publishers: z
        .array(
          z.strictObject({
            name: id.describe('of whoever publishes lists'),
            publicKey: z
              .string()
              .regex(/^[A-Za-z0-9+/]{43}=$/, 'an Ed25519 public key: 32 bytes in base64')
              .describe('what its manifests are signed with (Ed25519, base64)'),
          }),
        )
        .default([])
        .describe('whose lists are taken over MQTT; several keys may have one name'),
    })
    .prefault({})
    .describe('plates that are looked for, or permitted'),
  audit: z
    .strictObject({
      reasonRequired: z
        .boolean()
        .default(false)
        .describe('nothing that was read is shown without a reason (--reason), which the audit log keeps'),
    })
    .prefault({})
    .describe('the log of who looks at reads'),
  hits: z
    .strictObject({
      priorities: z
        .array(
          z.strictObject({
            priority: z.int().min(1).max(9).describe('1 is the most urgent'),
            falsePer10000: z
              .number()
              .gt(0)
              .max(1000)
              .default(1)
              .describe('of 10,000 passages at most so many may raise a false hit of this priority'),
            acknowledgeSeconds: z
              .number()
              .min(5)
              .max(86_400)
              .default(300)
              .describe('a hit that nobody acknowledged for so long is sent again and raised locally'),
          }),
        )
        .default([])
        .describe(
          'what each priority may cost and how long it may wait; one that is not there has the defaults',
        ),
      earlyMs: z
        .number()
        .min(0)
        .max(10_000)
        .default(300)
        .describe('a passage may raise a hit so long after its first sighting, before it has ended'),
      alarms: z
        .strictObject({
          when: z
            .enum(['unacknowledged', 'always'])
            .default('unacknowledged')
            .describe(
              'unacknowledged: hits that nobody acknowledged in time; always: all that is told of hits',
            ),
          mqtt: z
            .strictObject({
              url: brokerUrl.describe('a broker on the spot, like mqtt://192.168.8.2:1883'),
              topic: z
                .string()
                .regex(/^[^+#\0$][^+#\0]*$/, 'a topic without + and #')
                .max(200)
                .default('anpr/alarm')
                .describe('where each alarm is published, QoS 1'),
              ...brokerLogin,
            })
            .optional()
            .describe('a local MQTT topic'),
          webhook: z
            .strictObject({
              url: z
                .string()
                .regex(/^https?:\/\//, 'an address that starts with https:// or http://')
                .refine(...withoutSecret)
                .refine(...validAddress)
                .describe('each alarm is posted there as JSON'),
              caFile: brokerLogin.caFile,
              certFile: brokerLogin.certFile,
              keyFile: brokerLogin.keyFile,
            })
            .optional()
            .describe('a webhook, over TLS with certificates on both sides'),
        })
        .prefault({})
        .describe('hits raised on the spot, without the centre'),
    })
    .prefault({})
    .describe('hits: how sure, how early, how long nobody may answer'),
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
export type WatchlistConfig = z.output<typeof watchlistSchema>;
export type CameraConfig = z.output<typeof cameraSchema>;
export type UplinkConfig = NonNullable<Config['uplink']>;
