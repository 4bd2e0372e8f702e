// An acceptance test as it might have gone: made up here, for the tests of what is made of it.

import { loadAcceptance } from '../../agent/commission/acceptance.ts';
import { contentOf, type ReportFacts } from '../../agent/commission/report.ts';
import type { ReportContent } from '../../agent/commission/report-schema.ts';
import type { RecordedRead, SessionState } from '../../agent/commission/session.ts';

export const BEGIN = Date.UTC(2026, 10, 22, 13, 0, 0);

const measure = {
  ...{ widthPx: 128, heightPx: 28, tiltDegrees: -2.1, skewDegrees: 4.2 },
  oblique: { degrees: 17, fromSideDegrees: 8, fromAboveDegrees: 15 },
  ...{ white: 180, black: 60, contrast: 120, burntShare: 0, blackShare: 0.01 },
  ...{ edgeAlongPx: 1.8, edgeAcrossPx: 1.7 },
};

export function readAt(index: number, values: Partial<RecordedRead> = {}): RecordedRead {
  const at = BEGIN + 10_000 + 20_000 * index;
  return {
    id: `read-${index}`,
    text: `1ABC${100 + index}`,
    confidence: 0.99,
    widthPx: 100 + (index % 5) * 15,
    patch: [30, 40, 120, 30],
    capturedAt: at,
    firstSeen: at - 500,
    lastSeen: at + 300,
    sentAt: at + 1000,
    clock: { synchronised: true, offsetMs: 3.5 },
    ...values,
  };
}

/** @param count reads, all confirmed as right */
export function stateOf(count: number, values: Partial<SessionState> = {}): SessionState {
  const reads = Array.from({ length: count }, (_, index) => readAt(index));
  return {
    version: 1,
    id: '7f0c7f0e-1d5a-4a63-9a51-5b8f9f1f2d11',
    ...{ camera: 'gate', site: 'ghent', box: 'box-1', begunAt: BEGIN, phase: 'review' },
    by: { name: 'Jan <Peeters>', company: 'Verkeer & Co' },
    mounting: { lens: '12 mm', heightM: 6.5, distanceM: 18, note: null },
    segments: [{ from: BEGIN, to: BEGIN + 20_000 * (count + 1) }],
    ...{ interruptions: [], state: null, motions: [] },
    passages: reads.map(({ firstSeen, lastSeen }) => ({
      ...{ from: firstSeen, to: lastSeen, outcome: 'read' },
      plate: { measure, x: 0.4, y: 0.6, cut: false, exposureMs: 2 },
    })),
    ...{ pictures: [], hasView: false, sent: {}, tally: 0, counted: null },
    probes: [
      {
        ...{ id: 'clock', verdict: 'ok', finding: 'synchronised', measured: 'synchronised (chrony)' },
        data: { synchronised: true, serverOffsetMs: -4.2 },
      },
    ],
    picture: { width: 1920, height: 1080, fps: 25, decode: 'software' },
    reads,
    sample: reads.map(({ id }) => id),
    ...{ moments: [], momentsFound: 0 },
    answers: Object.fromEntries(reads.map(({ id }) => [id, { kind: 'right' }])),
    momentAnswers: {},
    ...values,
  };
}

export function contentFrom(state: SessionState, values: Partial<ReportFacts> = {}): ReportContent {
  return contentOf({
    state,
    acceptance: loadAcceptance(undefined, '/nonexistent/agent.yaml'),
    position: { latitude: 51.05, longitude: 3.72 },
    headingDegrees: 210,
    who: { user: 'root', sudoUser: 'jan' },
    versions: {
      ...{ anpr: '0.1.0', node: '24.0.0', packages: { sharp: '0.35.5' } },
      detector: { name: 'centre-v1', sha256: 'a'.repeat(64) },
      reader: { name: 'crnn-v1', sha256: null },
    },
    ...{ plates: 'covered', samples: [], view: null, timeZone: 'Europe/Brussels' },
    now: Date.UTC(2026, 10, 22, 14, 30),
    ...values,
  });
}
