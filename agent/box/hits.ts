// Hits of this box: its lists, its thresholds and the cameras' passages put together.

import { type Alarms, mqttTarget, startAlarms, webhookTarget } from '../alarms/index.ts';
import type { EarlyFromChild, EarlyPictures } from '../camera/index.ts';
import type { Config } from '../config/index.ts';
import type { HitRead, ReadPayload } from '../contract/index.ts';
import type { EvidenceStore } from '../evidence/index.ts';
import { loadGrammars, NO_GRAMMARS } from '../grammar/index.ts';
import { createThresholds, type Hits, loadThresholds, openHits, type Seen } from '../hits/index.ts';
import type { Journal, NewRecord, PictureItem } from '../journal/index.ts';
import { type KeyRing, openRing } from '../seal/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { openLists, type Watchlists } from '../watchlist/index.ts';

export interface BoxHits {
  hits: Hits;
  lists: Watchlists;
  /** as a camera's process is told; null: there are no lists */
  earlyMs: number | null;
}

/** what a command imports is asked after so long, and what it takes to open it */
const LISTS_LOOK_MS = 1000;

/** @throws {AnprError} `journal.*` */
export async function openBoxHits(
  { watchlists, hits, site, box }: Config,
  journal: Journal,
  keep: (records: NewRecord[]) => Promise<unknown>,
  keys: KeyRing,
  log: Logger,
): Promise<BoxHits> {
  const { directory, lists: settings, zones } = watchlists;
  const here = settings.map((list) => ({ ...list, zones }));
  // reading them takes as long as the rest of the start: who has no lists asks none
  const grammars = settings.length > 0 ? loadGrammars() : NO_GRAMMARS;
  const lists = openLists(directory, here, openRing(keys), grammars, {
    onProblem: (list, error) =>
      log.error({ list, code: codeOf(error) }, `a watchlist cannot be asked: ${messageOf(error)}`),
    watchMs: LISTS_LOOK_MS,
  });
  const opened = await openHits({
    ...{ lists, settings, journal, keep, log },
    priorities: hits.priorities,
    thresholds: createThresholds(loadThresholds(), hits.priorities),
    address: { site, box },
  });
  return { hits: opened, lists, earlyMs: settings.length > 0 ? hits.earlyMs : null };
}

/** @param secrets read anew for each attempt: a renewed key is taken up without a restart */
export function startBoxAlarms(
  { hits: { alarms } }: Config,
  journal: Journal,
  secrets: (files: { passwordFile?: string | undefined; keyFile?: string | undefined }) => {
    password?: string;
    key?: string | Buffer;
  },
  log: Logger,
): Alarms {
  const { when, mqtt, webhook } = alarms;
  const targets = [
    ...(mqtt ? [mqttTarget({ ...mqtt, secrets: () => secrets(mqtt) })] : []),
    ...(webhook ? [webhookTarget({ ...webhook, secrets: () => secrets(webhook) })] : []),
  ];
  return startAlarms({ journal, when, targets, log });
}

/** What a hit says of a read. */
export function seenIn(payload: ReadPayload): Seen {
  const { id, camera, capturedAt, clock, position, headingDegrees, plate } = payload;
  const { passage, picture, evidence, overview, software } = payload;
  const read: HitRead = {
    ...{ capturedAt, clock, position, headingDegrees, plate },
    ...{ passage, picture, evidence, software },
    ...(overview !== undefined && { overview }),
  };
  return { readId: id, camera, read };
}

/** The pictures of an early hit as its record names them: copied to it where they are the passage's. */
export async function picturesOf(
  early: EarlyFromChild,
  record: string,
  found: EarlyPictures | undefined,
  evidence: Pick<EvidenceStore, 'get' | 'put'>,
): Promise<PictureItem[]> {
  if (!found) return [];
  const { at } = found;
  if (found.of === 'record') return found.items.map(({ mediaType, ...item }) => ({ ...item, at }));
  const copies = found.items.map(async ({ kind, sizeBytes, sha256 }) => {
    const jpeg = await evidence.get(early.result.id, kind, at);
    if (!jpeg) return [];
    await evidence.put(record, kind, at, jpeg);
    return [{ kind, sizeBytes, sha256, at }];
  });
  return (await Promise.all(copies)).flat();
}
