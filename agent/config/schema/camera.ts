// A camera: its stream, what of the picture counts, when it is looked at.

import { z } from 'zod';
import { id, OVERVIEWS, polygon, share, validAddress, withoutSecret } from './parts.ts';

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
