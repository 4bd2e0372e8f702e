// Probes of the box, against files captured on other machines (a Raspberry Pi that throttles, a hot x86, a worn card)
// and against this machine's own.

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../agent/config/index.ts';
import type { Probe, ProbeContext, ProbeResult } from '../../agent/health/index.ts';
import { probe as cpu } from '../../agent/health/probes/cpu.ts';
import { probe as disk } from '../../agent/health/probes/disk.ts';
import { probe as memory } from '../../agent/health/probes/memory.ts';
import { probe as service } from '../../agent/health/probes/service.ts';
import { probe as system } from '../../agent/health/probes/system.ts';
import { probe as timeZone } from '../../agent/health/probes/time-zone.ts';
import { probe as versions } from '../../agent/health/probes/versions.ts';
import { status } from '../api/answers.ts';

/** A root with these files in it; a value that begins with `->` is a link. */
function rootWith(t: Test, files: Record<string, string>): string {
  const root = t.testdir();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (content.startsWith('->')) symlinkSync(content.slice(2), join(root, path));
    else writeFileSync(join(root, path), content);
  }
  return root;
}

async function probed(probe: Probe, context: Partial<ProbeContext> = {}): Promise<ProbeResult> {
  const whole = { configFile: '/x', config: undefined, agent: undefined, ...context };
  return [await probe.run(whole, new AbortController().signal)].flat()[0]!;
}

const configured = (more: Record<string, unknown>) =>
  schema.parse({ version: 1, site: 'e19', box: 'north', ...more });

test('this machine itself is told of', async (t) => {
  t.match(await probed(system), { measured: /Linux \d+\./, data: { architecture: process.arch } });
  t.match(await probed(cpu), { measured: /^\d+ cores?/, data: { cores: Number } });
  t.match(await probed(memory), { measured: /to be had/, data: { totalBytes: Number } });
  t.match(await probed(timeZone), { verdict: /ok|warn/, measured: /UTC[+-]\d\d:\d\d/ });
  t.match(await probed(service), { verdict: /ok|warn|fail/ });
});

test('a release that is too old, and a distribution nobody tried', async (t) => {
  const old = rootWith(t, {
    'etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nID=debian\nVERSION_ID="11"\n',
    'proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
  });
  t.match(await probed(system, { hostRoot: old }), {
    finding: 'old',
    measured: /bullseye.*Raspberry Pi 4 Model B Rev 1\.4,/,
  });
});

test('a zone that is far from where the box stands', async (t) => {
  const zoned = (zone: string) =>
    rootWith(t, { 'etc/localtime': `->/usr/share/zoneinfo/${zone}`, 'etc/timezone': 'Europe/Brussels\n' });
  const config = configured({ position: { latitude: 51.2, longitude: 4.4 } });
  t.match(await probed(timeZone, { hostRoot: zoned('America/Los_Angeles'), config }), {
    finding: 'elsewhere',
    verdict: 'warn',
    measured: /America\/Los_Angeles \(UTC-0[78]:00\)/,
  });
});

test('the zone stands in /etc/timezone where localtime is no link', async (t) => {
  const root = rootWith(t, { 'etc/localtime': 'TZif2', 'etc/timezone': 'Europe/Brussels\n' });
  const config = configured({ position: { latitude: 51.2, longitude: 4.4 } });
  t.match(await probed(timeZone, { hostRoot: root, config }), {
    finding: 'good',
    measured: /Europe\/Brussels/,
  });
});

test('no zone at all is UTC, and said', async (t) => {
  t.match(await probed(timeZone, { hostRoot: rootWith(t, { 'etc/timezone': 'Mars/Olympus\n' }) }), {
    finding: 'unknown-zone',
  });
});

/** /proc/cpuinfo as a Raspberry Pi 4 has it (shortened). */
const PI_CPUINFO =
  'processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\n\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n';
const PI_ZONE = {
  'proc/cpuinfo': PI_CPUINFO,
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/trip_point_0_type': 'critical\n',
  'sys/class/thermal/thermal_zone0/trip_point_0_temp': '110000\n',
};

test('a Raspberry Pi with a weak power supply', async (t) => {
  const root = rootWith(t, {
    ...PI_ZONE,
    'sys/class/thermal/thermal_zone0/temp': '61835\n',
    'sys/devices/platform/soc/soc:firmware/get_throttled': '50005\n',
  });
  t.match(await probed(cpu, { hostRoot: root }), {
    finding: 'throttled',
    verdict: 'fail',
    measured: /Raspberry Pi 4.*NEON, 62 °C \(cpu-thermal\), held back now: under-voltage, throttled/,
  });
});

test('a Raspberry Pi in the sun', async (t) => {
  const root = rootWith(t, { ...PI_ZONE, 'sys/class/thermal/thermal_zone0/temp': '86200\n' });
  t.match(await probed(cpu, { hostRoot: root }), { finding: 'hot', measured: /86 °C/ });
});

test('an x86 box that was throttled since its start', async (t) => {
  const root = rootWith(t, {
    'proc/cpuinfo': 'processor\t: 0\nmodel name\t: Intel(R) N100\nflags\t\t: fpu sse4_2 avx avx2 bmi2\n',
    'proc/loadavg': '0.10 0.20 0.30 1/100 1234\n',
    'sys/class/hwmon/hwmon2/name': 'coretemp\n',
    'sys/class/hwmon/hwmon2/temp1_input': '48000\n',
    'sys/class/hwmon/hwmon2/temp1_crit': '105000\n',
    'sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count': '12\n',
  });
  t.match(await probed(cpu, { hostRoot: root }), {
    finding: 'was-throttled',
    measured: /Intel\(R\) N100\), AVX2, 48 °C \(coretemp\).*throttled 12 times/,
  });
});

test('memory that ran out', async (t) => {
  const meminfo = (availableKb: number) =>
    `MemTotal:        1882352 kB\nMemFree:          101248 kB\nMemAvailable:     ${availableKb} kB\nSwapTotal:        102396 kB\nSwapFree:          51200 kB\n`;
  const of = (availableKb: number, kills: number) =>
    rootWith(t, { 'proc/meminfo': meminfo(availableKb), 'proc/vmstat': `pgfault 1\noom_kill ${kills}\n` });
  t.match(await probed(memory, { hostRoot: of(40_000, 0) }), {
    finding: 'out',
    verdict: 'fail',
    measured: /41\.0 MB of 1\.9 GB to be had, 52\.4 MB swapped out/,
  });
});

test('memory that the kernel had to make room in', async (t) => {
  const root = rootWith(t, {
    'proc/meminfo': 'MemTotal: 1882352 kB\nMemAvailable: 900000 kB\n',
    'proc/vmstat': 'oom_kill 3\n',
  });
  t.match(await probed(memory, { hostRoot: root }), { finding: 'oom', measured: /3 programs ended/ });
});

const diskConfig = (folder: string) =>
  configured({ journal: { path: join(folder, 'journal.db') }, evidence: { directory: folder } });

test('a worn eMMC below the journal', async (t) => {
  const folder = t.testdir({ data: {} });
  const root = join(folder, 'root');
  const block = 'sys/devices/platform/emmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0';
  for (const [path, content] of Object.entries({
    'proc/self/mountinfo': '29 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw,errors=remount-ro\n',
    [`${block}/mmcblk0p2/partition`]: '2\n',
    'sys/block/mmcblk0/device/life_time': '0x09 0x02\n',
    'sys/block/mmcblk0/device/pre_eol_info': '0x01\n',
  })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  mkdirSync(join(root, 'sys/dev/block'), { recursive: true });
  symlinkSync(join(root, `${block}/mmcblk0p2`), join(root, 'sys/dev/block/179:2'));
  t.match(await probed(disk, { config: diskConfig(join(folder, 'data')), hostRoot: root }), {
    finding: 'worn',
    measured: /ext4 on mmcblk0, 90 % of its life used/,
    advice: /mmcblk0/,
  });
});

/** Why a file system cannot be mounted here for a moment, or false. */
const noMount: string | false = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'pipe' });
    return false;
  } catch {
    return 'needs unshare -m';
  }
})();

/** Runs the disk probe of a folder that `mount` (a shell command with $dir) makes, in a mount namespace of its own. */
function probedIn(t: Test, mount: string): ProbeResult {
  const folder = t.testdir({ mnt: {} });
  const script = `
    import { probe } from ${JSON.stringify(new URL('../../agent/health/probes/disk.ts', import.meta.url).href)};
    import { schema } from ${JSON.stringify(new URL('../../agent/config/index.ts', import.meta.url).href)};
    const folder = ${JSON.stringify(join(folder, 'mnt'))};
    const config = schema.parse({ version: 1, site: 's', box: 'b', journal: { path: folder + '/j.db' }, evidence: { directory: folder } });
    console.log(JSON.stringify(await probe.run({ config }, new AbortController().signal)));
  `;
  writeFileSync(join(folder, 'probe.ts'), script);
  const command = `dir=${folder}; ${mount} && exec "$NODE" "$dir/probe.ts"`;
  const env = { ...process.env, NODE: process.execPath };
  return JSON.parse(execFileSync('unshare', ['-m', 'sh', '-ec', command], { env, encoding: 'utf8' }));
}

test('ext4 with data=writeback', { skip: noMount }, (t) => {
  const result = probedIn(
    t,
    'truncate -s 600M $dir/image && mkfs.ext4 -q $dir/image && mount -o loop,data=writeback $dir/image $dir/mnt',
  );
  t.match(result, {
    finding: 'unsafe-writeback',
    verdict: 'fail',
    measured: /ext4 data=writeback on loop\d+/,
  });
  t.end();
});

test('a full disk', { skip: noMount }, (t) => {
  const result = probedIn(
    t,
    'truncate -s 40M $dir/image && mkfs.ext4 -q $dir/image && mount -o loop $dir/image $dir/mnt && (cat /dev/zero > $dir/mnt/fill || true) 2>/dev/null',
  );
  t.match(result, { finding: 'full', verdict: 'fail', measured: /^0 B of/ });
  t.end();
});

test('a folder in memory', { skip: noMount }, (t) => {
  t.match(probedIn(t, 'mount -t tmpfs -o size=2G none $dir/mnt'), { finding: 'in-memory', verdict: 'fail' });
  t.end();
});

test('a file system that went read-only', { skip: noMount }, (t) => {
  const result = probedIn(
    t,
    'truncate -s 600M $dir/image && mkfs.ext4 -q $dir/image && mount -o loop,ro $dir/image $dir/mnt',
  );
  t.match(result, { finding: 'read-only', verdict: 'fail' });
  t.end();
});

test('a place where no file can be', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  t.match(await probed(disk, { config: diskConfig('/proc/nowhere') }), {
    finding: 'unwritable',
    verdict: 'fail',
    measured: /^\/proc: ENOENT|^\/proc: E/,
  });
});

test('an agent of another version', async (t) => {
  const own = (await probed(versions)).data.anpr as string;
  t.match(await probed(versions, { agent: { ...status, version: own } }), { finding: 'good' });
  t.match(await probed(versions, { agent: { ...status, version: '0.0.9' } }), {
    finding: 'other-agent',
    measured: /but the agent that runs is 0\.0\.9/,
  });
});
