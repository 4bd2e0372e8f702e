// The gateway at the broker: a lasting session, whose messages are acknowledged when they are on the disk and not before; so
// what was on its way when this program was killed comes again. What people decide goes to the boxes.

import type { Address, HitAction, RejectionCause } from '../../agent/contract/index.ts';
import { stepOf } from '../../agent/hits/index.ts';
import { AnprError, codeOf, messageOf } from '../../agent/shared/errors.ts';
import { type BrokerAddress, connectTo } from '../lib/broker-login.ts';
import { arrivalOf } from './arrival.ts';
import { createCommands } from './commands.ts';
import { createPictureAsker } from './pictures.ts';
import type { Store } from './store.ts';
import { createTeller } from './tell.ts';
import type { HitView } from './view.ts';

export interface GatewayOptions {
  broker: BrokerAddress;
  store: Store;
  clientId: string;
  /** whose hits it takes: `site/box`, `site/+`, `+/+` */
  boxes: readonly string[];
  /** acknowledges each new hit by itself, in this name; undefined: people do */
  acknowledgeAs?: string | undefined;
  /** so long pictures may take before they are asked for, default 5 s */
  picturesMs?: number;
  onProblem(text: string): void;
  /** after the commit */
  onChange(hit: HitView): void;
  onConnected(isConnected: boolean): void;
}

export interface Verdict {
  action: HitAction;
  by: string;
  cause?: RejectionCause | undefined;
  note?: string | undefined;
}

export interface Gateway {
  /**
   * On the disk when it returns; the boxes are told as soon as they can be. The same again changes nothing.
   * @throws {AnprError} `hit.unknown`, `hit.refused`
   */
  decide(hit: string, verdict: Verdict): HitView;
  isConnected(): boolean;
  /** undefined: it has never said */
  isOnline(address: Address): boolean | undefined;
  pictureState(hit: string): 'coming' | 'gone';
  close(): Promise<void>;
}

const TICK_MS = 1000;
/** a disk that takes nothing is tried again after so long */
const AGAIN_MS = 1000;
/** hits that are looked at when it starts, the most urgent first */
const STARTED_WITH = 1000;
/** a burst is not to keep the broker's answers to pings waiting */
const TOGETHER = 50;
const SESSION_SECONDS = 7 * 86_400;
const NAMES = ['hit', 'central/hit', 'status', 'evidence/+', 'reply/hit', 'reply/evidence'];

/** Goes on whether the broker is there or not. */
export function startGateway(options: GatewayOptions): Gateway {
  const { store, boxes, acknowledgeAs, onProblem, onChange } = options;
  const online = new Map<string, boolean>();
  let connection = 0;
  let isClosing = false;

  const lasting = { sessionExpiryInterval: SESSION_SECONDS, receiveMaximum: TOGETHER };
  const client = connectTo(options.broker, {
    ...{ clientId: options.clientId, clean: false, reconnectPeriod: 1000, reconnectOnConnackError: true },
    ...(options.broker.protocolVersion === 5 && { properties: lasting }),
  });
  const commands = createCommands((topic, message) => {
    if (client.connected) client.publish(topic, message, { qos: 1 });
    return client.connected;
  });
  const teller = createTeller(store, commands, (report) => shownAgain(store.hitOfReport(report)));
  const pictures = createPictureAsker(store, commands, options.picturesMs ?? 5000, shownAgain);

  function shownAgain(id: string | undefined): void {
    const hit = id === undefined ? undefined : store.view(id);
    if (hit) onChange(hit);
  }

  // said once, however often it is tried
  let trouble = '';
  client.on('error', (error) => {
    // an address with several hosts has no message of its own
    const text = `broker: ${error.message || codeOf(error)}`;
    if (text !== trouble) onProblem(text);
    trouble = text;
  });
  client.on('close', () => options.onConnected(false));
  client.on('connect', () => {
    connection++;
    trouble = '';
    const topics = boxes.flatMap((box) => NAMES.map((name) => `anpr/1/${box}/${name}`));
    client.subscribe(topics, { qos: 1 }, (error) => error && onProblem(`broker: ${error.message}`));
    options.onConnected(true);
    teller.pump();
  });
  // The PUBACK goes out when `done` is called, and the next message comes then.
  client.handleMessage = ({ topic, payload }, done) => {
    const own = connection;
    const attempt = () => {
      try {
        take(topic, Buffer.from(payload));
        done();
      } catch (error) {
        onProblem(`a message waits, it cannot be kept: ${messageOf(error)}`);
        setTimeout(() => {
          // The broker sends it again over the next connection.
          if (own === connection && client.connected && !isClosing) attempt();
        }, AGAIN_MS).unref();
      }
    };
    attempt();
  };

  /** @throws when it is not on the disk */
  function take(topic: string, payload: Buffer): void {
    const arrival = arrivalOf(topic, payload);
    switch (arrival?.kind) {
      case 'hit': {
        if (!isOurs(arrival.message)) {
          refuse(topic, 'a box that is not among those of this gateway');
          return;
        }
        const hit = store.take(arrival.message, arrival.text);
        if (hit) changed(hit);
        return;
      }
      case 'picture':
        for (const id of store.takePicture(arrival.about, arrival.sha256, arrival.jpeg)) shownAgain(id);
        return;
      case 'status': {
        const { site, box } = arrival.address;
        online.set(`${site}/${box}`, arrival.online);
        if (arrival.online) teller.isBack(arrival.address);
        return;
      }
      case 'reply':
        commands.take(arrival.reply);
        return;
      case 'invalid':
        refuse(topic, arrival.reason);
        return;
    }
  }

  function changed(hit: HitView): void {
    pictures.note(hit);
    const isNew = acknowledgeAs !== undefined && hit.state === 'new';
    onChange(isNew ? decide(hit.id, { action: 'acknowledge', by: acknowledgeAs }) : hit);
    if (hit.waiting > 0) teller.pump();
  }

  function refuse(topic: string, reason: string): void {
    store.refuse(topic, reason);
    onProblem(`${topic}: ${reason}`);
  }

  const isOurs = ({ site, box }: Address) =>
    boxes.some((pattern) => {
      const [ofSite, ofBox] = pattern.split('/');
      return (ofSite === '+' || ofSite === site) && (ofBox === '+' || ofBox === box);
    });

  function decide(id: string, { action, by, cause, note }: Verdict): HitView {
    const hit = store.view(id);
    if (!hit) throw new AnprError('hit.unknown', 'There is no such hit here (any more).');
    const step = stepOf(hit.state, action);
    if ('refused' in step) throw new AnprError('hit.refused', step.refused);
    if ('stay' in step) return hit;
    const why = action === 'reject' ? (cause ?? 'other') : null;
    const decided = store.decide(id, { action, by, cause: why, note: note || null });
    teller.pump();
    onChange(decided);
    return decided;
  }

  const tick = setInterval(() => {
    if (!client.connected) return;
    teller.pump();
    pictures.pump();
  }, TICK_MS);
  // Killed between a commit and what was to follow it: it follows now.
  for (const hit of store.list(STARTED_WITH)) changed(hit);
  return {
    decide,
    isConnected: () => client.connected,
    isOnline: ({ site, box }) => online.get(`${site}/${box}`),
    pictureState: pictures.stateOf,
    async close() {
      isClosing = true;
      clearInterval(tick);
      commands.close();
      await client.endAsync();
    },
  };
}
