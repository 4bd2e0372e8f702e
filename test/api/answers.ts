// What a running agent would answer, for tests of the API and of the commands.

import type { AgentStatus, ApiHandlers } from '../../agent/api/index.ts';
import type { JournalRecord, QueueState } from '../../agent/journal/index.ts';

export const status: AgentStatus = {
  version: '0.1.0',
  pid: 4711,
  startedAt: 1_790_000_000_000,
  site: 'e19',
  box: 'north',
  configPath: '/etc/anpr/agent.yaml',
  cameras: [
    {
      id: 'cam',
      state: 'streaming',
      reason: null,
      since: 1_790_000_001_000,
      fps: 25,
      width: 1920,
      height: 1080,
      decode: 'software',
      framesDecoded: 100,
      framesDropped: 1,
      looks: 40,
      passages: 3,
      reads: 2,
      readsToday: 5,
      lastReadAt: null,
      pid: 4712,
    },
  ],
  journal: {
    epoch: 'e',
    lastSeq: 2,
    records: 2,
    pending: 0,
    sent: 2,
    confirmed: 0,
    dead: 0,
    oldestPendingAt: null,
    sizeBytes: 4096,
  },
  waiting: { reads: 0, reason: null, since: null },
  keys: {
    place: 'credential',
    path: '/run/credentials/anpr.service/anpr.keys',
    made: false,
    problem: null,
    current: '0123456789abcdef',
    known: [{ id: '0123456789abcdef', publicKey: 'A'.repeat(43).concat('=') }],
  },
  uplink: {
    state: 'connected',
    reason: null,
    protocol: '5',
    broker: 'mqtt://localhost:1883',
    since: 1_790_000_001_000,
    inFlight: 0,
    delivered: 2,
  },
  models: { detector: { name: 'd', sha256: 'a' }, reader: { name: 'r', sha256: 'b' } },
  config: { loadedAt: 1_790_000_000_000, problem: null, atNextStart: [] },
  watchlists: [],
};

/** A read as the journal keeps it. */
export function record(seq: number, text: string, camera = 'cam'): JournalRecord {
  return {
    id: `id-${seq}`,
    type: 'read',
    at: 1_790_000_000_000 + seq,
    camera,
    text,
    confidence: 0.9,
    payload: { text, seq },
    epoch: 'e',
    seq,
    position: seq,
    delivery: 'pending',
    appendedAt: 1_790_000_000_000 + seq,
    deliveryAt: null,
    reason: null,
  };
}

export const queue: QueueState = {
  ...status.journal,
  pending: 1200,
  byType: { read: { pending: 1200, sent: 2, confirmed: 0, dead: 0 } },
  oldestPendingAt: 1_790_000_000_000,
  deadLetters: [],
  receipt: null,
  pictures: { pending: 0, pendingBytes: 0, sent: 0, sentBytes: 0 },
  perMinute: { appended: 60, sent: 660 },
};

/** An agent with that status, without reads, unless a test brings its own answers. */
export function handlersOf(own: Partial<ApiHandlers> = {}): ApiHandlers {
  return {
    status: async () => status,
    metrics: async () => '',
    reads: async () => [],
    read: async () => undefined,
    erase: async () => 1,
    picture: async () => undefined,
    snapshot: async () => undefined,
    aim: () => false,
    witness: () => false,
    reload: async () => ({ added: [], removed: [], changed: [], uplink: 'unchanged', atNextStart: [] }),
    preview: () => false,
    hits: async () => [],
    hit: async () => undefined,
    decideHit: async () => 'acknowledged',
    audits: async () => [],
    queue: async () => queue,
    retryDead: async () => {},
    dropDead: async () => {},
    async *exportLines() {
      yield JSON.stringify({ export: { records: 0, pictures: 0, unreadable: 0, missing: 0 } });
    },
    audit: async () => {},
    followRecords() {},
    ...own,
  };
}
