// What a camera's process tells of passages, for tests that tell it by hand.

import type { PassageFromChild } from '../../agent/camera/protocol.ts';
import type { BestSight, PassageResult } from '../../agent/passage/index.ts';

const model = { name: 'm', sha256: '' };
export const software = { detector: model, reader: model };

export const bestAt = (capturedAt: number): BestSight => ({
  capturedAt,
  box: [0, 0, 4, 1],
  corners: [
    [0, 0],
    [4, 0],
    [4, 1],
    [0, 1],
  ],
  widthPx: 4,
});

export const saying = (id: string, text = id, seenAt = 0): PassageResult => ({
  ...{ id, text, confidence: 0.9, uncertain: false, country: 'B', countryConfidence: 1 },
  ...{ alternatives: [], slots: [], lines: 1, firstSeen: 0, lastSeen: seenAt, framesUsed: 1 },
  ...{ direction: 'unknown', lane: null, best: bestAt(seenAt) },
});

export const open = (...passages: PassageResult[]): PassageFromChild => ({
  type: 'open',
  passages,
  software,
});
export const early = (id: string, text = id): PassageFromChild => ({
  ...{ type: 'early', result: saying(id, text), software },
});
export const picture = (id: string, at: number): PassageFromChild => ({
  type: 'picture',
  id,
  best: bestAt(at),
});
export const ended = (id: string, text = id, endedAt = 5): PassageFromChild => ({
  ...{ type: 'ended', result: saying(id, text), endedAt, software },
});
export const pictured = (id: string): PassageFromChild => ({ type: 'pictured', id, evidence: [] });
export const dropped = (id: string): PassageFromChild => ({ type: 'dropped', id });
