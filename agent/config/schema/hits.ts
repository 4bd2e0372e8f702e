// Hits: how sure and how early, how long one may wait, and who is told on the spot.

import { z } from 'zod';
import { brokerLogin, brokerUrl, validAddress, withoutSecret } from './parts.ts';

export const hits = z
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
  .describe('hits: how sure, how early, how long nobody may answer');
