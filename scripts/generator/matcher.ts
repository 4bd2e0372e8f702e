// A box's read becomes the hits of the centre, by the same code as on the box: candidates, probability, thresholds.

import { createHash } from 'node:crypto';
import {
  type Address,
  type CentralHitMessage,
  CONTRACT_VERSION,
  centralHitMessage,
  hitRead,
  type ReadMessage,
} from '../../agent/contract/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { createThresholds, type Ground, groundsOf, loadThresholds } from '../../agent/hits/index.ts';
import type { OpenRing } from '../../agent/seal/index.ts';
import { openLists, seenPlateOf, type Watchlists } from '../../agent/watchlist/index.ts';
import type { GeneratorConfig } from './config.ts';

export interface MatcherOptions {
  config: GeneratorConfig;
  /** where the lists are */
  directory: string;
  ring: OpenRing;
  instance: string;
  onProblem(text: string): void;
}

export interface Matcher {
  /** The hits of a read; the same again when it is asked again, as long as the lists are the same. */
  hitsOf(read: ReadMessage): CentralHitMessage[];
  /** the lists that have no version here */
  missing(): string[];
  close(): void;
}

export function openMatcher({ config, directory, ring, instance, onProblem }: MatcherOptions): Matcher {
  const { lists: settings, group } = config;
  const thresholds = createThresholds(loadThresholds(), config.priorities);
  const grammars = loadGrammars();
  const silence = createSilence();
  /** by the zones that a box lies in */
  const open = new Map<string, Watchlists>();

  function listsFor({ site, box }: Address): Watchlists {
    const name = `${site}/${box}`;
    const zones = Object.keys(config.zones).filter((zone) => config.zones[zone]?.includes(name));
    const key = zones.join(' ');
    let lists = open.get(key);
    if (!lists) {
      const here = settings.map((list) => ({ ...list, zones }));
      lists = openLists(directory, here, ring, grammars, {
        onProblem: (list, error) =>
          onProblem(`the list ${list} cannot be asked: ${error instanceof Error ? error.message : error}`),
      });
      open.set(key, lists);
    }
    return lists;
  }

  return {
    hitsOf(read) {
      const seen = seenPlateOf(read.plate);
      const at = Date.parse(read.passage.lastSeen);
      const { answers } = listsFor(read).match(seen, at);
      return groundsOf(answers, settings, thresholds, seen.text, read.camera)
        .filter(({ key, list }) => {
          const { silenceSeconds = 0 } = settings.find(({ id }) => id === list) ?? {};
          return !silence.covers(`${read.site}/${read.box} ${key}`, read.id, at, silenceSeconds * 1000);
        })
        .map((ground) => hitOf(read, ground, { group, instance }));
    },
    missing: () =>
      listsFor({ site: '', box: '' })
        .states(Date.now())
        .flatMap(({ list, meta }) => (meta ? [] : [list])),
    close() {
      for (const lists of open.values()) lists.close();
    },
  };
}

function hitOf(
  read: ReadMessage,
  ground: Ground,
  by: { group: string; instance: string },
): CentralHitMessage {
  const id = hitIdOf(read.id, ground.key);
  const at = new Date().toISOString();
  return centralHitMessage.parse({
    ...{
      schema: CONTRACT_VERSION,
      type: 'centralHit',
      id,
      site: read.site,
      box: read.box,
      at,
      camera: read.camera,
    },
    origin: { role: 'generator', ...by },
    hit: { id, readId: read.id, event: 'raised', state: 'new', priority: ground.priority, raisedAt: at },
    match: ground.match,
    read: hitRead.parse(read),
  });
}

/** Made of what the hit is about (UUIDv8, RFC 9562): whoever matches the read again gives it the same. */
export function hitIdOf(readId: string, key: string): string {
  const bytes = createHash('sha256').update(`central hit\n${readId}\n${key}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** more than a generator's boxes meet within their silence */
const MOST_SILENT = 200_000;

/**
 * Which entries have raised a hit at a box lately. By the time of the reads: backlog is told of days late. A read that comes again
 * raises the same again. In memory: a generator that takes over a box begins anew.
 */
export function createSilence() {
  const began = new Map<string, { readId: string; at: number }>();
  return {
    covers(key: string, readId: string, at: number, forMs: number): boolean {
      const last = began.get(key);
      if (last && last.readId !== readId && Math.abs(at - last.at) < forMs) return true;
      began.delete(key);
      began.set(key, { readId, at });
      if (began.size > MOST_SILENT) for (const oldest of began.keys()) return began.delete(oldest) && false;
      return false;
    },
  };
}
