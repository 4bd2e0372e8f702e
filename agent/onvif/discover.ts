// Asks all cameras of a network to say where they are (WS-Discovery over UDP multicast), on each interface or on one.

import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnprError, messageOf } from '../shared/errors.ts';
import { camerasIn, type FoundCamera, probeText } from './discovery-policy.ts';

export interface DiscoverOptions {
  /** name of the interface to search; default: each that has an IPv4 address */
  interface?: string | undefined;
  /** how long to listen; default 3 s */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** where to ask: a test answers on loopback; default: WS-Discovery's own */
  group?: { address: string; port: number };
}

export interface Discovered extends FoundCamera {
  /** name of the interface that the answer came through */
  interface: string;
}

/** WS-Discovery 1.0 section 2.4 */
const GROUP = { address: '239.255.255.250', port: 3702 };
const TIMEOUT_MS = 3000;
/** UDP loses packets: it is asked again after this. */
const AGAIN_MS = 700;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Every camera that answers, by address. Throws `camera.no-interface` when there is nothing to search.
 * @param onFound hears of each as it answers
 */
export async function discoverCameras(
  options: DiscoverOptions = {},
  onFound: (camera: Discovered) => void = () => {},
): Promise<Discovered[]> {
  const found = new Map<string, Discovered>();
  const tell = (camera: Discovered) => {
    if (found.has(camera.endpoint)) return;
    found.set(camera.endpoint, camera);
    onFound(camera);
  };
  const searched = await Promise.allSettled(
    interfacesFor(options.interface).map((each) => search(each, options, tell)),
  );
  const failed = searched.find((each) => each.status === 'rejected');
  if (failed && searched.every((each) => each.status === 'rejected'))
    throw new AnprError(
      'camera.no-discovery',
      `cameras cannot be searched for: ${messageOf(failed.reason)}`,
      'Name the interface that leads to the cameras with --interface; ip address shows them.',
    );
  return [...found.values()].sort((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }));
}

function interfacesFor(wanted: string | undefined): { name: string; address: string }[] {
  const all = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address, internal }) => ({ name, address, internal })),
  );
  if (wanted === undefined) {
    const outer = all.filter(({ internal }) => !internal);
    return outer.length ? outer : all;
  }
  const own = all.filter(({ name }) => name === wanted);
  if (own.length) return own;
  throw new AnprError(
    'usage.interface',
    `there is no interface "${wanted}" with an IPv4 address`,
    `There are: ${[...new Set(all.map(({ name }) => name))].join(', ')}.`,
  );
}

async function search(
  own: { name: string; address: string },
  { timeoutMs = TIMEOUT_MS, signal, group = GROUP }: DiscoverOptions,
  tell: (camera: Discovered) => void,
): Promise<void> {
  const id = randomUUID();
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    const listening = once(socket, 'listening');
    socket.bind(0, own.address);
    await listening;
    const broken = once(socket, 'error').then(([error]) => Promise.reject(error as Error));
    broken.catch(() => {});
    socket.setMulticastInterface(own.address);
    socket.on('message', (answer, from) => {
      if (answer.length > MAX_ANSWER_BYTES) return;
      for (const camera of camerasIn(answer.toString('utf8'), id, from.address))
        tell({ ...camera, interface: own.name });
    });
    const question = Buffer.from(probeText(id));
    const ask = () =>
      new Promise<void>((resolve, reject) => {
        socket.send(question, group.port, group.address, (error) => (error ? reject(error) : resolve()));
      });
    await ask();
    const pause = (ms: number) => sleep(ms, undefined, signal && { signal }).catch(() => {});
    await Promise.race([pause(Math.min(AGAIN_MS, timeoutMs)), broken]);
    if (!signal?.aborted && timeoutMs > AGAIN_MS) {
      await ask();
      await Promise.race([pause(timeoutMs - AGAIN_MS), broken]);
    }
  } finally {
    socket.close();
  }
}
