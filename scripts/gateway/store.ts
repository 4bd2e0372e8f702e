// The gateway's store: SQLite, durable when a call returns. It keeps the messages themselves; what a hit is made of them is
// worked out anew each time, so that nothing depends on their order. Each message is here once, however often it comes.

import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import type { Address, HitState } from '../../agent/contract/index.ts';
import type { Decision } from './life-policy.ts';
import { APART_MS, homeOf, type Matter, matterOf } from './merge-policy.ts';
import { type Kept, type Report, reportOf, type SideMessage } from './report.ts';
import { type HitView, type Told, viewOf } from './view.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY, report TEXT NOT NULL, received_at INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS message_report ON message (report);
  CREATE TABLE IF NOT EXISTS report (
    id TEXT PRIMARY KEY, hit TEXT, origin TEXT NOT NULL, site TEXT NOT NULL, box TEXT NOT NULL, read_id TEXT NOT NULL,
    matter TEXT, first_seen INTEGER, last_seen INTEGER, received_at INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS report_hit ON report (hit);
  CREATE INDEX IF NOT EXISTS report_read ON report (read_id);
  CREATE INDEX IF NOT EXISTS report_seen ON report (site, box, last_seen);
  CREATE TABLE IF NOT EXISTS hit (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, priority INTEGER NOT NULL, received_at INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS hit_state ON hit (state, priority, received_at);
  CREATE TABLE IF NOT EXISTS decision (
    id TEXT PRIMARY KEY, hit TEXT NOT NULL, action TEXT NOT NULL, by TEXT NOT NULL, cause TEXT, note TEXT,
    at INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS decision_hit ON decision (hit);
  -- what a box is to be told; ok: what it answered, NULL: nothing yet
  CREATE TABLE IF NOT EXISTS told (
    decision TEXT NOT NULL, report TEXT NOT NULL, ok INTEGER, code TEXT, message TEXT,
    PRIMARY KEY (decision, report)) STRICT;
  CREATE INDEX IF NOT EXISTS told_open ON told (report) WHERE ok IS NULL;
  CREATE TABLE IF NOT EXISTS picture (
    sha256 TEXT PRIMARY KEY, about TEXT NOT NULL, jpeg BLOB NOT NULL, received_at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS refused (topic TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
`;

/** of what was refused the last ones are kept */
const MOST_REFUSED = 1000;

/** A decision that a box has not answered yet. */
export interface Owed extends Address, Decision {
  report: string;
}

export interface Counts {
  hits: Partial<Record<HitState, number>>;
  refused: number;
}

export type Store = ReturnType<typeof openStore>;

/** @param now this machine's clock, UTC epoch milliseconds */
export function openStore(path: string, { readonly = false, now = Date.now } = {}) {
  const db = new Database(path, { readonly, timeout: 5000 });
  if (!readonly) {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.exec(SCHEMA);
  }
  const insertMessage = db.prepare('INSERT INTO message VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const messagesOf = db.prepare<[string], { text: string; received_at: number }>(
    'SELECT text, received_at FROM message WHERE report = ? ORDER BY rowid',
  );
  const putReport = db.prepare(
    `INSERT INTO report VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET hit = excluded.hit,
     matter = excluded.matter, first_seen = excluded.first_seen, last_seen = excluded.last_seen`,
  );
  const hitOf = db.prepare<[string], string | null>('SELECT hit FROM report WHERE id = ?').pluck();
  const near = db.prepare<unknown[], { hit: string; matter: string; received_at: number }>(
    `SELECT hit, matter, received_at FROM report WHERE hit IS NOT NULL AND id <> @id AND (read_id = @readId OR
     (site = @site AND box = @box AND last_seen >= @from AND first_seen <= @to))`,
  );
  const reportsOf = db
    .prepare<[string], string>('SELECT id FROM report WHERE hit = ? ORDER BY rowid')
    .pluck();
  const putHit = db.prepare(
    `INSERT INTO hit VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET state = excluded.state, priority = excluded.priority`,
  );
  const insertDecision = db.prepare('INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?)');
  const decisionsOf = db.prepare<[string], Decision>(
    'SELECT id, action, by, cause, note, at FROM decision WHERE hit = ? ORDER BY rowid',
  );
  const oweAll = db.prepare(
    `INSERT INTO told (decision, report) SELECT ?, id FROM report WHERE hit = ? AND origin = 'edge'`,
  );
  const oweLate = db.prepare(
    `INSERT INTO told (decision, report) SELECT id, @report FROM decision WHERE hit = @hit ON CONFLICT DO NOTHING`,
  );
  const answer = db.prepare(
    'UPDATE told SET ok = ?, code = ?, message = ? WHERE decision = ? AND report = ?',
  );
  const owed = db.prepare<[string, string, number], Owed>(
    `SELECT report.id AS report, site, box, decision.id, action, by, cause, note, at
     FROM told JOIN report ON report.id = told.report JOIN decision ON decision.id = told.decision
     WHERE ok IS NULL AND site = ? AND box = ? ORDER BY decision.rowid LIMIT ?`,
  );
  const toldOf = db.prepare<[string], Omit<Told, 'ok'> & { ok: number | null }>(
    'SELECT told.* FROM told JOIN decision ON decision.id = told.decision WHERE decision.hit = ?',
  );
  const isAwaited = db.prepare('SELECT 1 FROM report WHERE id = ? OR read_id = ?').pluck();
  const insertPicture = db.prepare('INSERT INTO picture VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const hasPicture = db.prepare('SELECT 1 FROM picture WHERE sha256 = ?').pluck();
  const hitsAbout = db
    .prepare<[string, string], string>(
      'SELECT hit FROM report WHERE hit IS NOT NULL AND (id = ? OR read_id = ?)',
    )
    .pluck();

  function report(id: string): Report {
    return reportOf(
      messagesOf
        .all(id)
        .map(({ text, received_at }): Kept => ({ message: JSON.parse(text), receivedAt: received_at })),
    );
  }

  function view(id: string): HitView {
    return viewOf({
      id,
      reports: reportsOf.all(id).map(report),
      decisions: decisionsOf.all(id),
      told: toldOf.all(id).map((each) => ({ ...each, ok: each.ok === null ? null : each.ok === 1 })),
      has: (sha256) => hasPicture.get(sha256) !== undefined,
    });
  }

  /** The line that lists are made of. */
  function settle(id: string): HitView {
    const seen = view(id);
    putHit.run(id, seen.state, seen.priority, seen.receivedAt);
    return seen;
  }

  /** The hit that a report belongs to, once it is known what it is about. */
  function homeFor(told: Report, matter: Matter | undefined): string | null {
    const known = hitOf.get(told.id);
    if (known || !matter) return known ?? null;
    const { id, readId, site, box } = told;
    const [from, to] = [matter.firstSeen - APART_MS, matter.lastSeen + APART_MS];
    const others = near
      .all({ id, readId, site, box, from, to })
      .map(({ hit, matter: text, received_at }) => ({
        hit,
        matter: JSON.parse(text),
        receivedAt: received_at,
      }));
    return homeOf(matter, others) ?? id;
  }

  const take = db.transaction((message: SideMessage, text: string): HitView | undefined => {
    if (insertMessage.run(message.id, message.hit.id, now(), text).changes === 0) return undefined;
    const told = report(message.hit.id);
    const matter = matterOf(told);
    const hit = homeFor(told, matter);
    const { id, origin, site, box, readId, receivedAt } = told;
    const { firstSeen = null, lastSeen = null } = matter ?? {};
    const known = matter ? JSON.stringify(matter) : null;
    putReport.run(id, hit, origin, site, box, readId, known, firstSeen, lastSeen, receivedAt);
    if (!hit) return undefined;
    // What was decided before this side had come is for its box too.
    if (origin === 'edge') oweLate.run({ report: id, hit });
    return settle(hit);
  });

  const decide = db.transaction((hit: string, decision: Omit<Decision, 'id' | 'at'>): HitView => {
    const { action, by, cause, note } = decision;
    const id = randomUUID();
    insertDecision.run(id, hit, action, by, cause, note, now());
    oweAll.run(id, hit);
    return settle(hit);
  });

  const forget = db.transaction((before: number): string[] => {
    const hits = db.prepare<[number], string>('SELECT id FROM hit WHERE received_at < ?').pluck().all(before);
    for (const hit of hits) {
      db.prepare('DELETE FROM told WHERE decision IN (SELECT id FROM decision WHERE hit = ?)').run(hit);
      db.prepare('DELETE FROM decision WHERE hit = ?').run(hit);
      db.prepare('DELETE FROM message WHERE report IN (SELECT id FROM report WHERE hit = ?)').run(hit);
      db.prepare('DELETE FROM report WHERE hit = ?').run(hit);
      db.prepare('DELETE FROM hit WHERE id = ?').run(hit);
    }
    // life cycles without a beginning, and pictures
    db.prepare(
      `DELETE FROM message WHERE received_at < ? AND report IN (SELECT id FROM report WHERE hit IS NULL)`,
    ).run(before);
    db.prepare(`DELETE FROM report WHERE hit IS NULL AND received_at < ?`).run(before);
    db.prepare('DELETE FROM picture WHERE received_at < ?').run(before);
    db.prepare('DELETE FROM refused WHERE at < ?').run(before);
    return hits;
  });

  return {
    /** The hit that has changed; undefined: known already, or not yet known what it is about. */
    take: (message: SideMessage, text: string): HitView | undefined => take.immediate(message, text),
    /** The hits that it belongs to; none: it is not kept. */
    takePicture(about: string, sha256: string, jpeg: Buffer): string[] {
      if (isAwaited.get(about, about) === undefined) return [];
      return insertPicture.run(sha256, about, jpeg, now()).changes ? hitsAbout.all(about, about) : [];
    },
    refuse(topic: string, reason: string): void {
      db.prepare('INSERT INTO refused VALUES (?, ?, ?)').run(topic, reason, now());
      db.prepare('DELETE FROM refused WHERE rowid <= (SELECT max(rowid) FROM refused) - ?').run(MOST_REFUSED);
    },
    refused: () =>
      db.prepare('SELECT topic, reason, at FROM refused ORDER BY rowid DESC LIMIT 100').all() as {
        topic: string;
        reason: string;
        at: number;
      }[],
    /** undefined: there is no such hit */
    view: (id: string): HitView | undefined => (reportsOf.get(id) === undefined ? undefined : view(id)),
    decide: (hit: string, decision: Omit<Decision, 'id' | 'at'>): HitView => decide.immediate(hit, decision),
    /** Boxes that have to be told something. */
    owing: (): Address[] =>
      db
        .prepare<[], Address>(
          'SELECT DISTINCT site, box FROM told JOIN report ON report.id = told.report WHERE ok IS NULL',
        )
        .all(),
    /** What, oldest first. */
    owed: ({ site, box }: Address, most: number): Owed[] => owed.all(site, box, most),
    /** @param refusal null: the box has it */
    answered(
      { id, report }: Pick<Owed, 'id' | 'report'>,
      refusal: { code: string | null; message: string | null } | null,
    ): void {
      answer.run(refusal ? 0 : 1, refusal?.code ?? null, refusal?.message ?? null, id, report);
    },
    hitOfReport: (id: string): string | undefined => hitOf.get(id) ?? undefined,
    picture: (sha256: string) =>
      db.prepare<[string], Buffer>('SELECT jpeg FROM picture WHERE sha256 = ?').pluck().get(sha256),
    /** What waits for somebody, the most urgent first; then what is under way; then the rest. */
    list: (most: number): HitView[] =>
      db
        .prepare<[number], string>(
          `SELECT id FROM hit ORDER BY CASE state WHEN 'new' THEN priority WHEN 'closed' THEN 12 WHEN 'withdrawn' THEN 11
           ELSE 10 END, received_at DESC LIMIT ?`,
        )
        .pluck()
        .all(most)
        .map(view),
    counts: (): Counts => ({
      hits: Object.fromEntries(
        db.prepare('SELECT state, count(*) FROM hit GROUP BY state').raw().all() as [HitState, number][],
      ),
      refused: db.prepare('SELECT count(*) FROM refused').pluck().get() as number,
    }),
    /** @returns the hits that are gone: all that came before */
    forget: (before: number): string[] => forget.immediate(before),
    close: () => db.close(),
  };
}
