// Answers boxes that ask for parts which the broker does not have, and for the whole list where only changes were offered.

import type { MqttClient } from 'mqtt';
import { addressOf, wantMessage, watchlistTopicOf } from '../../agent/contract/index.ts';
import { parsedJson } from '../../agent/shared/json.ts';
import { countText } from '../../agent/shared/quantities.ts';
import { sendParts } from './publish.ts';
import { openShelf } from './shelf.ts';

/** What went out so shortly ago is still on its way to whoever asks for it. */
const AGAIN_MS = 5000;

export interface Served {
  close(): Promise<void>;
}

/** @param onServed told of each request and what came of it */
export async function serveParts(
  client: MqttClient,
  state: string,
  onServed: (text: string) => void,
): Promise<Served> {
  const sentAt = new Map<string, number>();
  let working = Promise.resolve();

  async function answer(topic: string, payload: Buffer): Promise<string> {
    const from = addressOf(topic);
    const want = wantMessage.safeParse(parsedJson(payload.toString()));
    if (!from || !want.success) return `${topic}: a request that is none`;
    const { list, version, base, parts } = want.data;
    const who = `${from.site}/${from.box} asks for ${list} ${version}`;
    const shelf = openShelf(state, list);
    if (shelf.versions().at(-1) !== version) return `${who}: not the newest version here`;
    const whole = shelf.manifest(version, 'whole.json');
    if (parts.length === 0) {
      await client.publishAsync(watchlistTopicOf(list), shelf.manifestText(version, 'whole.json'), {
        qos: 1,
        retain: true,
      });
      return `${who}: the whole list is offered now`;
    }
    const content = whole.contents.find((each) => (each.base?.version ?? null) === base);
    if (!content) return `${who}: no changes since ${base}`;
    const now = Date.now();
    const isWanted = (part: number) => {
      if (!parts.some(([first, last]) => first <= part && part <= last)) return false;
      const key = `${list} ${version} ${base} ${part}`;
      if (now - (sentAt.get(key) ?? 0) < AGAIN_MS) return false;
      sentAt.set(key, now);
      return true;
    };
    const { count } = await sendParts(client, shelf, {
      list,
      version,
      content,
      retain: false,
      wanted: isWanted,
    });
    return `${who}: ${countText(count, 'part')} sent`;
  }

  client.on('message', (topic, payload) => {
    working = working
      .then(() => answer(topic, payload))
      .then(onServed, (error: unknown) =>
        onServed(`${topic}: ${error instanceof Error ? error.message : error}`),
      );
  });
  await client.subscribeAsync('anpr/1/+/+/want', { qos: 1 });
  return { close: () => working };
}
