// The watchlists: whether each is there, fresh, and fed. Nothing of any entry.

import type { WatchlistStatus } from '../../contract/index.ts';
import { messageOf } from '../../shared/errors.ts';
import { countText } from '../../shared/quantities.ts';
import { type Probe, type ProbeContext, type ProbeResult, resultOf } from '../probe.ts';

const findings = {
  good: { verdict: 'ok', cause: 'the version in force is fresh', advice: null },
  coming: {
    verdict: 'ok',
    cause: 'another version is on its way; the one in force stays until then',
    advice: null,
  },
  'left-out': {
    verdict: 'warn',
    cause: 'rows of the version in force could not be taken',
    advice: 'Tell the source of {list} which rows: anpr status --json names the first of them.',
  },
  overdue: {
    verdict: 'warn',
    cause: 'the version in force is past its best-before; it works on',
    advice: 'See whether the publisher of {list} runs, and whether this box reaches its broker.',
  },
  none: {
    verdict: 'warn',
    cause: 'no version ever came, or it has expired: nothing is held against this list',
    advice: 'Import a file (anpr watchlist import {list} FILE), or have it published.',
  },
  refused: {
    verdict: 'fail',
    cause: 'a published version was not taken over; the one before stays in force',
    advice: 'See what is wrong with it, and have {list} published again.',
  },
  damaged: {
    verdict: 'fail',
    cause: "the list's file is damaged: nothing is held against this list",
    advice: 'Import {list} again, or have it published again; look at the disk probe.',
  },
} as const;

export const probe: Probe = {
  id: 'watchlists',
  group: 'software',
  title: 'watchlists',
  timeoutMs: 10_000,
  findings,
  applies: ({ config }) => (config?.watchlists.lists.length ?? 0) > 0,
  async run(context) {
    return (await statusesOf(context)).map(resultOfList);
  },
};

function resultOfList(status: WatchlistStatus): ProbeResult {
  const { list, version, entries, patterns, bestBefore, incoming, refused, leftOut } = status;
  const measured = [
    version === null
      ? 'no version'
      : `version ${version}, ${countText(entries ?? 0, 'plate')}${patterns ? ` and ${countText(patterns, 'pattern')}` : ''}`,
    bestBefore && `best before ${bestBefore}`,
    leftOut ? `${countText(leftOut, 'row')} left out` : null,
    incoming &&
      `version ${incoming.version}: ${incoming.received} of ${countText(incoming.parts, 'part is', 'parts are')} here`,
    refused && `refused: ${refused.message} (${refused.code})`,
  ];
  return resultOf(`watchlist/${list}`, findings, findingOf(status), measured.filter(Boolean).join(', '), {
    ...status,
  });
}

/** The one that costs most, first. Pure. */
function findingOf({ state, incoming, refused, leftOut }: WatchlistStatus): keyof typeof findings {
  if (state === 'damaged') return 'damaged';
  if (refused) return 'refused';
  if (state === 'none') return incoming ? 'coming' : 'none';
  if (state === 'overdue') return 'overdue';
  if (incoming) return 'coming';
  return leftOut ? 'left-out' : 'good';
}

/** The running agent's, else what the files say of themselves. */
async function statusesOf({ agent, config }: ProbeContext): Promise<WatchlistStatus[]> {
  if (agent?.watchlists) return agent.watchlists;
  const { endsOf, listPath, readMeta } = await import('../../watchlist/index.ts');
  const { directory, lists } = config!.watchlists;
  const iso = (at: number | null | undefined) =>
    at === null || at === undefined ? null : new Date(at).toISOString();
  return lists.map((source): WatchlistStatus => {
    const unknown: WatchlistStatus = {
      ...{ list: source.id, state: 'none', version: null, entries: null, patterns: null, publishedAt: null },
      ...{ importedAt: null, bestBefore: null, expiresAt: null, leftOut: null, badRows: [] },
      ...{ incoming: null, refused: null },
    };
    try {
      const meta = readMeta(listPath(directory, source.id));
      if (!meta) return unknown;
      const { bestBefore, expiresAt } = endsOf(meta, source);
      if (expiresAt !== null && Date.now() >= expiresAt) return unknown;
      const overdue = bestBefore !== null && Date.now() >= bestBefore;
      return {
        ...{ ...unknown, state: overdue ? 'overdue' : 'in-force', leftOut: meta.badRows ?? null },
        ...{ version: meta.version, entries: meta.entries, patterns: meta.patterns },
        ...{ publishedAt: iso(meta.published?.publishedAt), importedAt: iso(meta.importedAt) },
        ...{ bestBefore: iso(bestBefore), expiresAt: iso(expiresAt) },
      };
    } catch (error) {
      const refused = { version: null, code: 'watchlist.damaged', message: messageOf(error) };
      return { ...unknown, state: 'damaged', refused: { ...refused, at: new Date().toISOString() } };
    }
  });
}
