// Each way in which a link goes wrong, while the box publishes.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Link, type Manners, startLink } from './link.ts';
import { type Case, type Chaos, type Row, type Scene, type SceneOptions, scene, until } from './scene.ts';

export const links: Case = {
  name: 'link',
  about: 'cut, silent, half open, slow; PUBACKs withheld, late, negative',
  async run(chaos) {
    const rows: Row[] = [];
    for (const [name, end] of endings) rows.push(await ended(chaos, name, end));
    rows.push(await slow(chaos), await oneAtATime(chaos));
    rows.push(await answered(chaos, 'PUBACK withheld', 'withhold'));
    rows.push(await answered(chaos, 'PUBACK next time', 'later'));
    rows.push(await refused(chaos));
    return rows;
  },
};

const endings: [name: string, end: (link: Link) => void][] = [
  ['link reset', (link) => link.cut()],
  ['link without FIN', (link) => link.silence()],
  ['link half open', (link) => link.halfOpen()],
];

/** A scene with a bad link in it, and the box on its way. */
function over(
  row: Pick<Row, 'name' | 'done'> & { mayTell?: number },
  options: SceneOptions,
  worst: (scene: Scene, link: Link) => Promise<void>,
  manners: Partial<Manners> = {},
): Promise<Row> {
  let link: Link | undefined;
  const boxUrl: SceneOptions['boxUrl'] = async ({ port }, owner) => {
    link = await startLink(owner, port);
    Object.assign(link.manners, manners);
    return link.url;
  };
  return scene(row, { pauseMs: 10, ...options, boxUrl }, async (opened) => {
    await opened.central.start();
    await opened.central.ready();
    await opened.box.start();
    if (link) await worst(opened, link);
  });
}

function ended({ short, random }: Chaos, name: string, end: (link: Link) => void) {
  const cycles = short ? 2 : 50;
  return over(
    { name, done: `${cycles} times` },
    { reads: cycles * 100, box: ['--keep-alive', '1'] },
    async (_, link) => {
      for (let cycle = 0; cycle < cycles; cycle++) {
        const before = link.connections;
        await sleep(random() * 300);
        // A moment at which there is a connection to lose.
        await until(() => link.connections > before || cycle > 0, 'the box to connect');
        const now = link.connections;
        end(link);
        await until(() => link.connections > now, 'the box to connect again');
      }
    },
  );
}

function slow({ short }: Chaos) {
  const reads = short ? 30 : 300;
  return over(
    { name: 'link 2 s late', done: `${reads} reads` },
    { reads, box: ['--keep-alive', '10'] },
    async () => {},
    { latencyMs: 2000 },
  );
}

function oneAtATime({ short }: Chaos) {
  const reads = short ? 100 : 2000;
  return over(
    { name: 'Receive Maximum 1', done: `${reads} reads` },
    { reads },
    async ({ arrived }, link) => {
      await arrived(reads);
      if (link.mostInFlight > 1) throw new Error(`${link.mostInFlight} in flight where 1 was allowed`);
    },
    { receiveMaximum: 1 },
  );
}

/** One in twenty PUBACKs goes astray: lost, or met again by a connection that knows nothing of it. */
function answered({ short, random }: Chaos, name: string, fate: 'withhold' | 'later') {
  const reads = short ? 100 : 1000;
  return over(
    { name, done: '1 PUBACK in 20' },
    { reads, box: ['--keep-alive', '1'] },
    async ({ arrived }, link) => {
      link.manners.puback = () => (random() < 0.05 ? fate : 'pass');
      await arrived(reads / 2);
      // What came late comes over this one; then the link is sound again.
      link.cut();
      await arrived(reads);
      link.manners.puback = () => 'pass';
      link.cut();
    },
  );
}

/** What MQTT 5 has for a PUBACK, and what mosquitto says besides (0x95). The last two are about the message itself. */
const PASSING = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97];
const FINAL = [0x95, 0x99];
const EACH = 3;

function refused({ short }: Chaos) {
  const rounds = short ? 1 : 10;
  const codes = Array.from({ length: rounds }, () => [...PASSING, ...FINAL]).flat();
  return over(
    {
      name: 'PUBACK negative',
      done: `${codes.length} × ${EACH} reads`,
      mayTell: rounds * FINAL.length * EACH,
    },
    { protocol: '5' },
    async (_, link) => {
      for (const code of codes) {
        const victims = new Set<string>();
        const isFinal = FINAL.includes(code);
        let refusals = 0;
        link.manners.refuse = ({ topic, payload }) => {
          if (!topic.endsWith('/read')) return undefined;
          const { id } = JSON.parse(payload.toString());
          if (victims.size < EACH) victims.add(id);
          if (!victims.has(id) || (!isFinal && refusals >= EACH)) return undefined;
          refusals++;
          return code;
        };
        await until(() => refusals >= EACH, `reads to answer with 0x${code.toString(16)}`);
        // A message that is never taken is refused for as long as it comes.
        if (isFinal) await sleep(1000);
      }
      link.manners.refuse = () => undefined;
    },
  );
}
