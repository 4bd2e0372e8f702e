// A read as the pipeline makes it, with every field of the contract that is its business.

import { randomUUIDv7 } from 'node:crypto';
import type { ReadPayload } from '../../agent/contract/index.ts';

export function readPayload(): ReadPayload {
  return {
    schema: 1,
    type: 'read',
    id: randomUUIDv7(),
    site: 'e19',
    box: 'north',
    camera: 'north',
    capturedAt: '2026-11-22T13:07:56.123Z',
    clock: { synchronised: true, offsetMs: 0.4 },
    position: { latitude: 51.2, longitude: 4.4 },
    headingDegrees: 90,
    plate: {
      text: '1ABC234',
      country: 'B',
      countryConfidence: 0.9,
      confidence: 0.97,
      lines: 1,
      characters: [
        [
          { character: '1', probability: 0.98 },
          { character: 'I', probability: 0.02 },
        ],
      ],
      alternatives: [{ text: 'IABC234', confidence: 0.02 }],
    },
    passage: {
      firstSeen: '2026-11-22T13:07:55.723Z',
      lastSeen: '2026-11-22T13:07:56.523Z',
      framesUsed: 9,
      direction: 'approaching',
      lane: null,
    },
    picture: {
      widthPx: 1920,
      heightPx: 1080,
      corners: [
        [900, 600],
        [1100, 604],
        [1099, 650],
        [899, 646],
      ],
    },
    evidence: [{ kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 4711, sha256: 'a'.repeat(64) }],
    software: {
      agent: '0.1.0',
      detector: { name: 'centre-v1', sha256: 'b'.repeat(64) },
      reader: { name: 'crnn-v1', sha256: 'c'.repeat(64) },
    },
  };
}
