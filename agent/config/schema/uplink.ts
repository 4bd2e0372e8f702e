// The uplink: the broker and those to fall back on, and which pictures go.

import { z } from 'zod';
import { brokerLogin, brokerUrl, id } from './parts.ts';

export const uplink = z
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
      .default(3)
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
  .describe('where reads are sent; without it they stay in the journal');
