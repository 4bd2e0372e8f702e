// Keeps the published lists what their sources say: looks at the files, merges what has changed, publishes it as the next
// version. Whatever is wrong with a source leaves its list as it was published, and is told.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { z } from 'zod';
import { type WatchlistManifest, watchlistTopicOf } from '../../agent/contract/index.ts';
import { readManifest, trusted } from '../../agent/lists/index.ts';
import { parsedJson } from '../../agent/shared/json.ts';
import { replaceFile } from '../../agent/shared/replace-file.ts';
import { fileSource, rowsOf } from '../../agent/watchlist/index.ts';
import { hashOfLines } from '../publisher/content.ts';
import { makeVersion, type PublisherKey, sendVersion } from '../publisher/publish.ts';
import { openShelf } from '../publisher/shelf.ts';
import { formatOf, type GeneratorConfig, type GeneratorList, type SourceConfig } from './config.ts';
import { type MergedList, type MergedSource, mergeSources, SourceError } from './merge.ts';

export type PublishEvent = { list: string } & (
  | {
      event: 'published';
      version: number;
      rows: number;
      parts: number;
      bytes: number;
      why: string;
      sources: MergedSource[];
    }
  /** the broker lacked what was made before */
  | { event: 'sent-again'; version: number }
  | { event: 'unchanged'; version: number }
  /** what was published stays in force */
  | { event: 'kept'; version: number | null; reason: string }
);

export interface PublisherOptions {
  config: GeneratorConfig;
  state: string;
  key: PublisherKey;
  client: MqttClient;
  retain: boolean;
  /** a file that was written to so shortly ago may not be whole */
  quietMs: number;
  /** a source that lost more than it may is meant to */
  acceptShrink?: boolean;
  tell(event: PublishEvent): void;
  now?: () => number;
}

export interface Publisher {
  /** Looks once at every list. Resolves with whether all files were at rest. */
  look(): Promise<boolean>;
}

const DAY_MS = 86_400_000;
/** the broker's retained manifests come right after its SUBACK */
const RETAINED_MS = 500;

/** Begins with what the broker has: no version goes out twice, and none goes back. */
export async function startPublisher(options: PublisherOptions): Promise<Publisher> {
  const { config, state, key, client, retain, quietMs, tell, now = Date.now } = options;
  const keys = trusted([{ name: 'own', publicKey: key.publicKey }]);
  /** by list: the newest of ours that the broker has */
  const atBroker = new Map<string, WatchlistManifest>();
  /** by list: the files as they were when they were last looked into, and what came of it */
  const seen = new Map<string, { files: string; told: string }>();

  client.on('message', (topic, payload) => {
    const list = config.lists.find(({ id }) => watchlistTopicOf(id) === topic)?.id;
    if (list === undefined || payload.byteLength === 0) return;
    try {
      const manifest = readManifest(payload, list, keys);
      if (manifest.version >= (atBroker.get(list)?.version ?? 0)) atBroker.set(list, manifest);
    } catch {
      // Another's, or none: what is ours takes its place.
    }
  });
  await client.subscribeAsync(
    config.lists.map(({ id }) => watchlistTopicOf(id)),
    { qos: 1 },
  );
  await new Promise((resolve) => setTimeout(resolve, RETAINED_MS));

  const lastOf = (list: string) => {
    const shelf = openShelf(state, list);
    const version = shelf.versions().at(-1);
    return version === undefined ? undefined : shelf.manifest(version, 'whole.json');
  };

  /** @returns false: a file may not be whole, it is looked at again */
  async function lookAt(list: GeneratorList): Promise<boolean> {
    const at = now();
    const last = lastOf(list.id);
    const dueAt = renewAt(list, last);
    const files = list.sources.map(({ file }) => fileState(file)).join(' ');
    const known = seen.get(list.id);
    if (known?.files === files && (dueAt === null || at < dueAt)) return true;
    const say = (told: string, event: PublishEvent) => {
      seen.set(list.id, { files, told });
      if (known?.told !== told) tell(event);
      return true;
    };
    const keep = (reason: string) =>
      say(reason, {
        list: list.id,
        event: 'kept',
        version: last?.version ?? atBroker.get(list.id)?.version ?? null,
        reason,
      });
    if (list.sources.some(({ file }) => writtenBetween(file, at - quietMs, at))) return false;
    let merged: MergedList;
    try {
      merged = mergeSources(list, rowsFrom);
      if (!options.acceptShrink) refuseShrunk(list, merged.sources, rowsBefore(state, list.id));
    } catch (error) {
      if (error instanceof SourceError) return keep(error.message);
      throw error;
    }
    if (files !== list.sources.map(({ file }) => fileState(file)).join(' ')) return false;
    const there = atBroker.get(list.id);
    const sha256 = hashOfLines(merged.lines);
    const newest = Math.max(last?.version ?? 0, there?.version ?? 0);
    const newestSha = (last?.version ?? 0) >= (there?.version ?? 0) ? last?.listSha256 : there?.listSha256;
    const isNew = sha256 !== newestSha;
    const isDue = dueAt !== null && at >= dueAt;
    if (!isNew && !isDue) {
      if (last && last.version === newest && there?.version !== newest) {
        await send(list.id);
        return say(`again ${newest}`, { list: list.id, event: 'sent-again', version: newest });
      }
      return say(`unchanged ${newest}`, { list: list.id, event: 'unchanged', version: newest });
    }
    const lastAt = Math.max(...[last, there].map((each) => (each ? Date.parse(each.publishedAt) : 0)));
    if (at < lastAt)
      return keep(
        `version ${newest} was published at ${new Date(lastAt).toISOString()}, and this clock says ${new Date(at).toISOString()}: it has gone back`,
      );
    const after = (days: number | undefined) =>
      days === undefined ? null : new Date(at + days * DAY_MS).toISOString();
    makeVersion({
      ...{ state, key, list: list.id, lines: merged.lines, version: newest + 1, now: at },
      ...{ bestBefore: after(list.bestBeforeDays), expiresAt: after(list.keepDays) },
    });
    rememberRows(state, list.id, merged.sources);
    const { parts, bytes } = await send(list.id);
    return say(`version ${newest + 1}`, {
      ...{ list: list.id, event: 'published', version: newest + 1, rows: merged.lines.length, parts, bytes },
      ...{ why: isNew ? 'changed' : 'renewed', sources: merged.sources },
    });
  }

  async function send(list: string) {
    const sent = await sendVersion(client, state, list, { retain });
    const manifest = lastOf(list);
    if (manifest) atBroker.set(list, manifest);
    return sent;
  }

  return {
    async look() {
      let atRest = true;
      for (const list of config.lists)
        try {
          if (!(await lookAt(list))) atRest = false;
        } catch (error) {
          // The disk or the broker, not the source: tried again at the next look.
          const reason = error instanceof Error ? error.message : String(error);
          tell({ list: list.id, event: 'kept', version: atBroker.get(list.id)?.version ?? null, reason });
        }
      return atRest;
    },
  };
}

export const rowsFrom = (source: SourceConfig) => rowsOf(fileSource(source.file), formatOf(source), source);

/** Half of the time until a list is overdue: its sources still say the same, and boxes shall know. */
function renewAt(
  { bestBeforeDays, keepDays }: GeneratorList,
  last: WatchlistManifest | undefined,
): number | null {
  const days = Math.min(bestBeforeDays ?? Number.POSITIVE_INFINITY, keepDays ?? Number.POSITIVE_INFINITY);
  return last && Number.isFinite(days) ? Date.parse(last.publishedAt) + (days * DAY_MS) / 2 : null;
}

function fileState(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}` : 'none';
}

/** A time in the future is no reason to wait for it. */
function writtenBetween(file: string, from: number, to: number): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs > from && stat.mtimeMs <= to;
}

type RowsBefore = Record<string, number>;

/** How many rows each source had when the list was last published. */
function rowsBefore(state: string, list: string): RowsBefore {
  const file = join(state, list, 'sources.json');
  if (!existsSync(file)) return {};
  const rows = z.record(z.string(), z.number()).safeParse(parsedJson(readFileSync(file, 'utf8')));
  if (rows.success) return rows.data;
  throw new Error(
    `${file} is damaged: wanted how many rows each source had. Remove it: then a source that was cut is not noticed this once`,
  );
}

function rememberRows(state: string, list: string, sources: readonly MergedSource[]): void {
  const rows = Object.fromEntries(sources.map(({ name, rows }) => [name, rows]));
  replaceFile(join(state, list, 'sources.json'), `${JSON.stringify(rows)}\n`, { mode: 0o600 });
}

/** @throws {SourceError} for a source that lost so many of its rows that it may have been cut */
export function refuseShrunk(
  { sources }: Pick<GeneratorList, 'sources'>,
  now: readonly Pick<MergedSource, 'name' | 'rows'>[],
  before: RowsBefore,
): void {
  for (const { name, rows } of now) {
    const had = before[name] ?? 0;
    const mayShrink = sources.find((source) => source.name === name)?.mayShrink ?? 1;
    if (had - rows > had * mayShrink)
      throw new SourceError(
        name,
        `it had ${had} rows and now has ${rows}, more than ${Math.round(mayShrink * 100)} % are gone (mayShrink, or --accept-shrink)`,
      );
  }
}
