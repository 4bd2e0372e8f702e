// The network's probes: formats as kernels and tools write them, a cable that is really cut in a network namespace, and
// the way to a port on loopback.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../agent/config/index.ts';
import type { Probe, ProbeContext, ProbeResult } from '../../agent/health/index.ts';
import {
  defaultRoutes,
  defaultRoutes6,
  type Link,
  linkFinding,
  neighbourAnswers,
  vlansOf,
} from '../../agent/health/link-policy.ts';
import { type PathMeasure, packetFate, pathFinding, pathMtu } from '../../agent/health/path-policy.ts';
import { probe as networkInterface } from '../../agent/health/probes/interface.ts';
import { probe as names } from '../../agent/health/probes/names.ts';
import { probe as path } from '../../agent/health/probes/path.ts';
import { probe as route } from '../../agent/health/probes/route.ts';
import { wireguardResults } from '../../agent/health/probes/wireguard.ts';
import { peerFinding, peersOf } from '../../agent/health/wireguard-policy.ts';
import { freePort } from '../fixtures/mosquitto.ts';

function rootWith(t: Test, files: Record<string, string>): string {
  const root = t.testdir();
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return root;
}

async function probed(probe: Probe, context: Partial<ProbeContext> = {}): Promise<ProbeResult[]> {
  const whole = { configFile: '/x', config: undefined, agent: undefined, ...context };
  return [await probe.run(whole, new AbortController().signal)].flat();
}

const configured = (more: Record<string, unknown>) =>
  schema.parse({ version: 1, site: 'e19', box: 'north', ...more });

const good: Link = {
  ...{ name: 'eth0', kind: 'cable', vlan: null, up: true, carrier: true, speedMbit: 1000, duplex: 'full' },
  ...{ mtuBytes: 1500, errorShare: 0, addresses: ['192.0.2.5/24'] },
};
const links: [change: Partial<Link>, wanted: boolean, finding: string][] = [
  [{}, true, 'good'],
  [{ speedMbit: null, duplex: null, carrier: null }, true, 'good'],
  [{ carrier: false }, true, 'no-link'],
  [{ carrier: false, addresses: [] }, false, 'unused'],
  [{ up: false }, false, 'unused'],
  [{ addresses: [] }, false, 'no-address'],
  [{ duplex: 'half', speedMbit: 10 }, true, 'half-duplex'],
  [{ speedMbit: 10 }, true, 'slow'],
  [{ kind: 'wireless', speedMbit: 54 }, true, 'good'],
  [{ errorShare: 0.01 }, true, 'errors'],
];
for (const [change, wanted, finding] of links)
  test(`a link with ${JSON.stringify(change)}, wanted: ${wanted}, is ${finding}`, (t) => {
    t.equal(linkFinding({ ...good, ...change }, wanted), finding);
    t.end();
  });

test("the kernel's tables of VLANs, routes and neighbours", (t) => {
  const vlan =
    'VLAN Dev name\t | VLAN ID\nName-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\neth0.20        | 20  | eth0\n';
  t.same([...vlansOf(vlan)], [['eth0.20', { id: 20, on: 'eth0' }]]);
  t.same([...vlansOf(undefined)], []);
  const routes =
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n' +
    'wwan0\t00000000\t010AA8C0\t0003\t0\t0\t700\t00000000\t0\t0\t0\n' +
    'eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n' +
    'eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n' +
    '*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n';
  t.same(defaultRoutes(routes), [
    { interface: 'eth0', gateway: '10.0.0.1', metric: 100 },
    { interface: 'wwan0', gateway: '192.168.10.1', metric: 700 },
  ]);
  const zero = '0'.repeat(32);
  const routes6 =
    `${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n` +
    `${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200       lo\n`;
  t.match(defaultRoutes6(routes6), [
    { interface: 'eth0', gateway: 'fe80:0000:0000:0000:0000:0000:0000:0001' },
  ]);
  const arp =
    'IP address       HW type     Flags       HW address            Mask     Device\n' +
    '10.0.0.1         0x1         0x2         52:54:00:12:34:56     *        eth0\n' +
    '10.0.0.9         0x1         0x0         00:00:00:00:00:00     *        eth0\n';
  t.equal(neighbourAnswers(arp, '10.0.0.1'), true);
  t.equal(neighbourAnswers(arp, '10.0.0.9'), false);
  t.equal(neighbourAnswers(arp, '10.0.0.10'), undefined);
  t.end();
});

test('a box with a VLAN, a link at 10 Mbit/s half duplex and a silent gateway', async (t) => {
  const eth0 = 'sys/class/net/eth0';
  const hostRoot = rootWith(t, {
    [`${eth0}/device/vendor`]: '0x8086\n',
    ...Object.fromEntries(
      Object.entries({ flags: '0x1003', carrier: '1', speed: '10', duplex: 'half', mtu: '1500' }).map(
        ([name, value]) => [`${eth0}/${name}`, `${value}\n`],
      ),
    ),
    'sys/class/net/eth0.20/flags': '0x1003\n',
    'sys/class/net/eth0.20/mtu': '1500\n',
    'proc/net/vlan/config': 'VLAN Dev name | VLAN ID\neth0.20 | 20 | eth0\n',
    'sys/class/net/lo/flags': '0x9\n',
    'proc/net/route': 'Iface\neth0.20 00000000 0100000A 0003 0 0 100 00000000 0 0 0\n',
    'proc/net/arp': 'IP address\n10.0.0.1 0x1 0x0 00:00:00:00:00:00 * eth0.20\n',
  });
  t.match(await probed(networkInterface, { hostRoot }), [
    { id: 'interface/eth0', finding: 'half-duplex', measured: /cable, up, 10 Mbit\/s, half duplex/ },
    { id: 'interface/eth0.20', measured: /VLAN 20 on eth0/ },
  ]);
  t.match(await probed(route, { hostRoot }), [{ finding: 'gateway-silent', advice: /10\.0\.0\.1/ }]);
});

const noNamespace: string | false = (() => {
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    execFileSync('unshare', ['-n', 'ip', 'link', 'add', 'port0', 'type', 'veth', 'peer', 'name', 'far'], {
      stdio: 'pipe',
    });
    return false;
  } catch {
    return 'needs network namespaces with veth';
  }
})();

test('a cable that is cut', { skip: noNamespace }, (t) => {
  const probes = new URL('../../agent/health/probes/', import.meta.url).href;
  const folder = t.testdir();
  // A veth pair is a cable between two ports; its kind has no device behind it, so /sys/…/device is put in its place.
  writeFileSync(
    join(folder, 'cut.ts'),
    `import { probe as route } from '${probes}route.ts';
     import { linksOf } from '${new URL('../../agent/health/links.ts', import.meta.url).href}';
     import { linkFinding } from '${new URL('../../agent/health/link-policy.ts', import.meta.url).href}';
     import { hostFiles } from '${new URL('../../agent/health/host-files.ts', import.meta.url).href}';
     const files = hostFiles();
     const links = linksOf({ ...files, names: (path) => path === 'sys/class/net/port0/device' ? ['driver'] : files.names(path) });
     const link = links.find(({ name }) => name === 'port0');
     console.log(JSON.stringify({ link, finding: linkFinding(link, true), route: await route.run({}, AbortSignal.timeout(1000)) }));`,
  );
  const seen = (cut: string) =>
    JSON.parse(
      execFileSync(
        'unshare',
        [
          ...['-n', '-m', 'sh', '-ec'],
          `mount -t sysfs none /sys
           ip link add port0 type veth peer name far
           ip addr add 10.7.0.2/24 dev port0; ip link set port0 up; ip link set far up
           ip route add default via 10.7.0.1
           ${cut}
           exec "$NODE" ${folder}/cut.ts`,
        ],
        {
          encoding: 'utf8',
          env: { ...process.env, NODE: process.execPath },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      ),
    );
  t.match(seen(''), { finding: 'good', route: { finding: 'good', measured: /10\.7\.0\.1 through port0/ } });
  t.match(seen('ip link set far down'), { finding: 'no-link', link: { carrier: false, up: true } });
  t.match(seen('ip route del default'), { route: { finding: 'none', verdict: 'warn' } });
  t.end();
});

test('names that the configuration uses', async (t) => {
  const hostRoot = rootWith(t, {
    'etc/resolv.conf': '# by DHCP\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n',
  });
  const camera = (url: string) => configured({ cameras: [{ id: 'a', url }] });
  t.match(await probed(names, { hostRoot, config: camera('rtsp://192.0.2.7/x') }), [
    { finding: 'not-needed', measured: 'asks 192.0.2.53, 192.0.2.54' },
  ]);
  t.match(await probed(names, { hostRoot, config: camera('rtsp://localhost/x') }), [
    { verdict: /ok|warn/, measured: /^localhost is (127\.0\.0\.1|::1) / },
  ]);
  t.match(await probed(names, { hostRoot, config: camera('rtsp://no-such-camera.invalid/x') }), [
    { finding: 'unresolved', verdict: 'fail', advice: /resolvectl query no-such-camera\.invalid/ },
  ]);
});

test('no name server at all', async (t) => {
  t.match(await probed(names, { hostRoot: rootWith(t, { 'etc/resolv.conf': '\n' }) }), [
    { finding: 'no-server' },
  ]);
});

const sizes = (through: number, fate: 'told' | 'vanished') =>
  new Map([1500, 1492, 1280, 576].map((size) => [size, size <= through ? ('answered' as const) : fate]));
const paths: [name: string, measure: PathMeasure, finding: string, mtu: number | null][] = [
  ['quick', { connectMs: [20, 22, 21], attempts: 3, sizes: sizes(1500, 'told') }, 'good', 1500],
  ['no ping', { connectMs: [20], attempts: 1, sizes: null }, 'good', null],
  ['no answer to any ping', { connectMs: [20], attempts: 1, sizes: sizes(0, 'vanished') }, 'good', null],
  ['PPPoE that says so', { connectMs: [20], attempts: 1, sizes: sizes(1492, 'told') }, 'good', 1492],
  ['a black hole', { connectMs: [20], attempts: 1, sizes: sizes(1280, 'vanished') }, 'black-hole', 1280],
  ['a tunnel in a tunnel', { connectMs: [20], attempts: 1, sizes: sizes(576, 'told') }, 'small-mtu', 576],
  ['nothing', { connectMs: [], attempts: 1, sizes: null }, 'unreachable', null],
  ['one lost', { connectMs: [20, 1020, 21], attempts: 3, sizes: null }, 'lossy', null],
  ['two lost', { connectMs: [20], attempts: 3, sizes: null }, 'lossy', null],
  ['a satellite', { connectMs: [620, 640, 600], attempts: 3, sizes: null }, 'slow', null],
];
for (const [name, measure, finding, mtu] of paths)
  test(`a path with ${name} is ${finding}`, (t) => {
    t.equal(pathFinding(measure), finding);
    t.equal(pathMtu(measure), mtu);
    t.end();
  });

test('what ping says', (t) => {
  const fate = (stdout: string, stderr = '') => packetFate({ stdout, stderr });
  t.equal(
    fate(
      'PING 192.0.2.1 (192.0.2.1) 1472(1500) bytes of data.\n1480 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=9.1 ms\n\n--- 192.0.2.1 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n',
    ),
    'answered',
  );
  t.equal(fate('1 packets transmitted, 1 packets received, 0% packet loss\n'), 'answered', 'busybox');
  t.equal(
    fate(
      'ping: local error: message too long, mtu=1420\n1 packets transmitted, 0 received, +1 errors, 100% packet loss\n',
    ),
    'told',
  );
  t.equal(fate('', 'ping: local error: Message too long, mtu: 1420\n'), 'told');
  t.equal(fate('From 10.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1492)\n'), 'told');
  t.equal(fate('1 packets transmitted, 0 received, 100% packet loss, time 0ms\n'), 'vanished');
  t.end();
});

test('the way to a port of this machine, and to one where nothing listens', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const at = (number: number) => configured({ uplink: { url: `mqtt://127.0.0.1:${number}` } });
  t.match(await probed(path, { config: at(port) }), [
    { finding: /good|black-hole/, measured: /through lo, 6 of 6 connections, \d+ ms/ },
  ]);
  t.match(await probed(path, { config: at(await freePort()) }), [
    { finding: 'unreachable', verdict: 'fail' },
  ]);
});

/** `wg show all dump` (keys made up): an interface, then its peers. */
const DUMP = [
  'wg0\tcFVt…private\tPublicOfThisBox=\t51820\toff',
  'wg0\tPeerKeyOne1234567890=\t(none)\t198.51.100.7:51820\t10.99.0.0/16\t1790000000\t123456789\t98765\t25',
  'wg1\tsecret\tPub=\t0\toff',
  '',
].join('\n');

test('WireGuard by its last handshake', (t) => {
  const [peer] = peersOf(DUMP);
  t.match(peer, {
    interface: 'wg0',
    endpoint: '198.51.100.7:51820',
    keepaliveSeconds: 25,
    receivedBytes: 123456789,
  });
  const at = 1_790_000_000_000;
  t.equal(peerFinding(peer!, at + 60_000), 'good');
  t.equal(peerFinding(peer!, at + 181_000), 'stale');
  t.equal(peerFinding({ ...peer!, keepaliveSeconds: null }, at + 181_000), 'idle');
  t.equal(peerFinding({ ...peer!, lastHandshakeAt: null }, at), 'never');
  t.equal(peerFinding({ ...peer!, lastHandshakeAt: null, endpoint: null }, at), 'no-endpoint');
  const results = wireguardResults(['wg0', 'wg1'], DUMP, at + 600_000);
  t.match(results, [
    {
      id: 'wireguard/wg0',
      finding: 'stale',
      measured: /peer PeerKeyO… at 198\.51\.100\.7:51820, last handshake 10 min ago/,
    },
    { id: 'wireguard/wg1', finding: 'no-peer' },
  ]);
  t.notMatch(JSON.stringify(results), /private|secret/, 'private keys stand in the dump and nowhere else');
  t.end();
});
