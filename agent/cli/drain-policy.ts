// When a queue will be empty, said as honestly as a minute's figures allow. Pure.

import { durationText } from './times.ts';

export function drainText(pending: number, perMinute: { appended: number; sent: number } | null): string {
  if (pending === 0) return 'nothing waits';
  if (perMinute === null) return 'not known: no agent runs';
  const { appended, sent } = perMinute;
  if (sent === 0) return 'not known: nothing was sent in the last minute';
  const pace = `${sent.toLocaleString('en')} sent, ${appended.toLocaleString('en')} new in the last minute`;
  if (sent <= appended) return `not at this pace: ${pace}`;
  return `in about ${durationText((pending / (sent - appended)) * 60_000)}: ${pace}`;
}
