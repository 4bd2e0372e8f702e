import { test } from 'tap';
import { readMessage } from '../../agent/contract/index.ts';
import { type PassageResult, type ReadContext, readPayload } from '../../agent/passage/index.ts';
import { slotOf } from './road.ts';

const result: PassageResult = {
  id: '019aab3c-7f10-7c3e-8a51-1f2e3d4c5b6a',
  text: '1AB',
  confidence: 0.987654321,
  uncertain: false,
  country: 'B',
  countryConfidence: 0.912345,
  alternatives: [{ text: 'IAB', confidence: 0.0012345 }],
  slots: [slotOf('1', 0.7, 'I'), slotOf('A', 0.995), slotOf('B', 0.5, '8')],
  lines: 1,
  firstSeen: Date.UTC(2026, 10, 22, 13, 7, 56, 123),
  lastSeen: Date.UTC(2026, 10, 22, 13, 7, 57, 23),
  framesUsed: 9,
  direction: 'approaching',
  lane: 'inner',
  best: {
    capturedAt: Date.UTC(2026, 10, 22, 13, 7, 57, 3),
    box: [100, 200, 100.26, 22.1],
    corners: [
      [100.04, 200.06],
      [200.26, 201],
      [200.26, 222.1],
      [100.04, 221],
    ],
    widthPx: 100.23,
  },
};

const context: ReadContext = {
  site: 'e40',
  box: 'pole-7',
  camera: 'north',
  position: { latitude: 50.85, longitude: 4.35 },
  headingDegrees: null,
  clock: { synchronised: true, offsetMs: 0.4 },
  evidence: [
    // the store says where the file is; that is nobody else's business
    { kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 9, sha256: 'a'.repeat(64), file: '/x.jpg' } as never,
  ],
  software: {
    agent: '0.1.0',
    detector: { name: 'd', sha256: 'b'.repeat(64) },
    reader: { name: 'r', sha256: 'c'.repeat(64) },
  },
};

test('a read is what the contract says', (t) => {
  const payload = readPayload(result, context);
  const message = { ...payload, epoch: 'e', seq: 1, lane: 'live' };
  t.same(readMessage.parse(message), message, 'valid, with no field that the contract does not know');
  const told = readPayload(result, { ...context, overview: 'masked' });
  t.equal(told.overview, 'masked', 'what its overviews may show');
  t.match(readMessage.parse({ ...told, epoch: 'e', seq: 1, lane: 'live' }), { overview: 'masked' });
  t.equal(payload.capturedAt, '2026-11-22T13:07:57.003Z', 'the time of the best picture');
  t.same(payload.passage, {
    firstSeen: '2026-11-22T13:07:56.123Z',
    lastSeen: '2026-11-22T13:07:57.023Z',
    framesUsed: 9,
    direction: 'approaching',
    lane: 'inner',
  });
  t.end();
});

test('numbers are rounded to what they are worth', (t) => {
  const { plate, picture } = readPayload(result, context);
  t.equal(plate.confidence, 0.9877);
  t.equal(plate.countryConfidence, 0.9123);
  t.same(plate.alternatives, [{ text: 'IAB', confidence: 0.0012 }]);
  t.same(picture.corners[0], [100, 200.1]);
  t.match(picture, { widthPx: 100, heightPx: 21 });
  t.end();
});

test('characters of one percent and more, five at most, the first one always', (t) => {
  const { characters } = readPayload(result, context).plate;
  t.same(characters, [
    [
      { character: '1', probability: 0.7 },
      { character: 'I', probability: 0.3 },
    ],
    [{ character: 'A', probability: 0.995 }],
    [
      { character: '8', probability: 0.5 },
      { character: 'B', probability: 0.5 },
    ],
  ]);
  const flat = { ...result, slots: [new Array<number>(37).fill(1 / 37)] };
  t.equal(readPayload(flat, context).plate.characters[0]!.length, 5);
  t.end();
});
