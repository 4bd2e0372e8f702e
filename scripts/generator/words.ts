// What a generator does, in words for whoever reads its terminal.

import { countText } from '../../agent/shared/quantities.ts';
import type { Presence } from './group.ts';
import type { InstanceEvent } from './instance.ts';
import type { PublishEvent } from './publisher.ts';

type Sources = Extract<PublishEvent, { event: 'published' }>['sources'];

export function mergedText(list: string, rows: number, sources: Sources): string {
  const lines = sources.flatMap(({ name, rows, joined, bad, named }) => [
    `  ${name}: ${countText(rows, 'row')}${joined > 0 ? `, ${joined} of them known from before` : ''}${bad > 0 ? `, ${bad} left out` : ''}`,
    ...named.map(({ line, reason }) => `    line ${line}: ${reason}`),
  ]);
  return [`${list}: ${countText(rows, 'plate')}`, ...lines].join('\n');
}

export function publishText(event: PublishEvent): string {
  switch (event.event) {
    case 'published': {
      const { list, version, why, rows, parts, bytes, sources } = event;
      return `Version ${version} of ${list} is published (${why}): ${countText(parts, 'part')}, ${Math.ceil(bytes / 1000)} kB.\n${mergedText(list, rows, sources)}`;
    }
    case 'sent-again':
      return `${event.list}: the broker had lost version ${event.version}; it is there again.`;
    case 'unchanged':
      return `${event.list}: version ${event.version} says what the sources say.`;
    case 'kept':
      return `${event.list}: ${event.version === null ? 'nothing is published' : `version ${event.version} stays`}: ${event.reason}`;
  }
}

export function instanceText(event: InstanceEvent): string {
  switch (event.event) {
    case 'waiting':
      return `Waits for a first version of ${event.lists.join(', ')}.`;
    case 'list':
      return `List ${event.list}: ${event.state}${event.reason ? ` (${event.reason})` : ''}`;
    case 'shares':
      return `Has ${countText(event.mine.length, 'share')} now, with ${countText(event.boxes, 'box that is', 'boxes that are')} known.`;
    case 'listening':
      return `Listens to ${event.boxes.join(', ')}`;
    case 'read':
      return `${event.hits.length === 1 ? 'Hit' : `${event.hits.length} hits`} at ${event.site}/${event.box}: ${event.hits.join(', ')}`;
    case 'problem':
      return `Problem: ${event.reason}`;
  }
}

export function presenceText({ instance, shares, mine, boxes, reads, hits, lists, at }: Presence): string {
  const versions = lists.map(({ list, version }) => `${list} ${version ?? '-'}`).join(', ');
  return `${instance}: ${mine.length} of ${countText(shares, 'share')}, ${countText(boxes, 'box', 'boxes')}, ${countText(reads, 'read')}, ${countText(hits, 'hit')}\n  ${versions}; said so at ${at}`;
}
