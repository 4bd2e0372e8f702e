// The journal: whether it opens, and how much waits in it for how long.

import type { JournalCounts } from '../../journal/index.ts';
import { AnprError, codeOf, messageOf } from '../../shared/errors.ts';
import { countText } from '../../shared/quantities.ts';
import { type Probe, type ProbeContext, resultOf } from '../probe.ts';

const OLD_PENDING_MS = 15 * 60_000;

const findings = {
  good: { verdict: 'ok', cause: 'the journal opens, and nothing waits for long', advice: null },
  none: {
    verdict: 'ok',
    cause: 'there is no journal yet: the agent makes it at its first start',
    advice: null,
  },
  waiting: {
    verdict: 'warn',
    cause: 'a record has waited for delivery for more than 15 minutes',
    advice: 'See what the broker probe and anpr status say of the uplink; nothing is lost meanwhile.',
  },
  'dead-letters': {
    verdict: 'warn',
    cause: 'the broker refused records for good; they are kept, but not sent again',
    advice: "Look at their reason in the agent's log, and at what the broker accepts (size, topics).",
  },
  unusable: { verdict: 'fail', cause: 'the journal does not open', advice: '{remedy}' },
} as const;

export const probe: Probe = {
  id: 'journal',
  group: 'software',
  title: 'journal',
  timeoutMs: 10_000,
  findings,
  applies: ({ config }) => config !== undefined,
  async run(context) {
    const path = context.config!.journal.path;
    try {
      const counts = await countsOf(context, path);
      const waitsMs = counts.oldestPendingAt === null ? 0 : Date.now() - counts.oldestPendingAt;
      const finding =
        context.config!.uplink && waitsMs > OLD_PENDING_MS
          ? 'waiting'
          : counts.dead > 0
            ? 'dead-letters'
            : 'good';
      const oldest = counts.pending ? `, the oldest for ${Math.round(waitsMs / 1000)} s` : '';
      return resultOf(
        'journal',
        findings,
        finding,
        `${countText(counts.records, 'record')} in ${(counts.sizeBytes / 1e6).toFixed(1)} MB, ${counts.pending} to deliver${oldest}, ${countText(counts.dead, 'dead letter')}`,
        { path, ...counts, waitsMs },
      );
    } catch (error) {
      if (!(error instanceof AnprError)) throw error;
      if (codeOf(error) === 'journal.missing')
        return resultOf('journal', findings, 'none', `none yet at ${path}`, { path });
      return resultOf('journal', findings, 'unusable', messageOf(error), {
        path,
        code: codeOf(error),
        remedy: error.remedy ?? 'Look at journal.path and at the disk below it.',
      });
    }
  },
};

async function countsOf({ agent }: ProbeContext, path: string): Promise<JournalCounts> {
  if (agent) return agent.journal;
  const { openJournalReadOnly } = await import('../../journal/index.ts');
  const journal = await openJournalReadOnly(path);
  try {
    return await journal.counts();
  } finally {
    await journal.close();
  }
}
