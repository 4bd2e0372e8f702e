// Nearly a third of all packets between box and broker is lost, both ways: by a rule of nftables, in a network namespace of
// its own, in which the whole case runs as another process.

import { execFileSync, spawnSync } from 'node:child_process';
import { file } from '../../test/central/processes.ts';
import { NOTHING } from './judge.ts';
import { startLink } from './link.ts';
import { type Case, type Chaos, type Row, scene } from './scene.ts';

const INSIDE = 'ANPR_CHAOS_NAMESPACE';
const PERCENT = 30;
const mayMake = () =>
  spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up && nft add table inet probe']).status === 0;

export const loss: Case = {
  name: 'loss',
  about: '30 % of the packets of the link are lost',
  run: async (chaos) => {
    if (process.env[INSIDE]) return [await lossy(chaos)];
    if (!mayMake())
      return [
        {
          ...{ name: 'packets lost', done: `${PERCENT} %`, verdict: NOTHING, mayTell: 0, tookMs: 0 },
          skipped: 'needs nft (Debian package nftables) and root',
        },
      ];
    const args = [file('scripts/chaos.ts'), '--only', 'loss', '--json', ...(chaos.short ? ['--short'] : [])];
    const script = 'ip link set lo up && exec "$@"';
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['-n', 'sh', '-c', script, 'sh', process.execPath, ...args],
      {
        encoding: 'utf8',
        env: { ...process.env, [INSIDE]: '1' },
      },
    );
    try {
      return JSON.parse(stdout).rows;
    } catch {
      throw new Error(`the case failed in its namespace: ${stderr}`);
    }
  },
};

function lossy({ short }: Chaos): Promise<Row> {
  const reads = short ? 60 : 2000;
  let port = '';
  return scene(
    { name: 'packets lost', done: `${PERCENT} %, both ways` },
    {
      reads,
      pauseMs: 20,
      box: ['--keep-alive', '10'],
      boxUrl: async (broker, owner) => {
        const { url } = await startLink(owner, broker.port);
        port = new URL(url).port;
        return url;
      },
    },
    async ({ box, central }) => {
      await central.start();
      await central.ready();
      const nft = (text: string) => execFileSync('nft', text.split(' '));
      nft('add table inet chaos');
      nft('add chain inet chaos in { type filter hook input priority 0 ; }');
      for (const end of ['dport', 'sport'])
        nft(`add rule inet chaos in tcp ${end} ${port} numgen random mod 100 < ${PERCENT} drop`);
      await box.start();
    },
  );
}
