// What the box's own words mean, as tables: formats as they come from other machines.

import { test } from 'tap';
import { type ClockMeasure, clockFinding, fromTimesync } from '../../agent/health/clock-policy.ts';
import {
  type CpuMeasure,
  cpuFinding,
  cpuKindOf,
  cpuTimesOf,
  throttlingOf,
} from '../../agent/health/cpu-policy.ts';
import { type MemoryMeasure, memoryFinding } from '../../agent/health/memory-policy.ts';
import { looksPerSecond, speedFinding } from '../../agent/health/model-policy.ts';
import { mountFinding, mountOf } from '../../agent/health/mount-policy.ts';
import { serviceFinding, serviceOf, spanMs } from '../../agent/health/service-policy.ts';
import { systemFinding, systemOf } from '../../agent/health/system-policy.ts';
import { hoursFromSun, zoneFinding } from '../../agent/health/time-zone-policy.ts';
import { emmcWear, smartWear, wearFinding } from '../../agent/health/wear-policy.ts';

test('systems by os-release and architecture', (t) => {
  const of = (text: string, architecture = 'x64') => systemFinding(systemOf(text, architecture));
  t.equal(of('ID=debian\nVERSION_ID="12"\n'), 'good');
  t.equal(of("ID='debian'\nVERSION_ID='13'\n"), 'good');
  t.equal(of('ID=debian\n'), 'good', 'testing has no version');
  t.equal(of('ID=debian\nVERSION_ID="11"'), 'old');
  t.equal(of('ID=ubuntu\nVERSION_ID="22.04"'), 'old');
  t.equal(of('ID=ubuntu\nVERSION_ID="26.04"'), 'good');
  t.equal(of('ID=fedora\nVERSION_ID=41'), 'untried');
  t.equal(of(''), 'untried');
  t.equal(of('ID=debian\nVERSION_ID="12"', 'arm'), 'architecture');
  t.end();
});

test('a zone fits a longitude within what borders and summer time do', (t) => {
  t.equal(zoneFinding('Europe/Brussels', 120, 4.4), 'good');
  t.equal(zoneFinding('Europe/Madrid', 120, -8.9), 'good', 'the far west of Spain in summer');
  t.equal(zoneFinding('Asia/Tokyo', 540, 4.4), 'elsewhere');
  t.equal(zoneFinding('Etc/UTC', 0, 100), 'good', 'UTC is a choice');
  t.equal(zoneFinding('Asia/Tokyo', 540, undefined), 'good', 'nobody knows where');
  t.equal(zoneFinding(undefined, 0, 4.4), 'unknown-zone');
  t.ok(hoursFromSun(13 * 60, -172) < 0.5, 'the date line is no distance');
  t.end();
});

test('processors and their vectors', (t) => {
  t.match(cpuKindOf('model name\t: Intel(R) Celeron(R) J1900\nflags\t\t: fpu sse4_2 popcnt\n', 'x64'), {
    model: 'Intel(R) Celeron(R) J1900',
    vector: null,
  });
  t.equal(cpuKindOf('flags : avx avx2 avx512f\n', 'x64').vector, 'AVX-512');
  t.equal(cpuKindOf('Features\t: half thumb fastmult vfp edsp neon vfpv3\n', 'arm').vector, 'NEON');
  t.equal(cpuKindOf('', 'arm64').vector, 'NEON');
  t.same(cpuTimesOf('cpu  100 1 50 800 20 3 4 22 0 0\ncpu0 1 2\n'), { total: 1000, stolen: 22 });
  t.equal(cpuTimesOf('intr 1'), undefined);
  t.same(throttlingOf('0x0'), { now: [], sinceBoot: [] });
  t.same(throttlingOf('throttled=0x50000'), { now: [], sinceBoot: ['under-voltage', 'throttled'] });
  t.same(throttlingOf('80008'), {
    now: ['soft temperature limit'],
    sinceBoot: ['soft temperature limit'],
  });
  t.same(throttlingOf(undefined), { now: [], sinceBoot: [] });
  t.end();
});

const cool: CpuMeasure = {
  ...{ cores: 4, vector: 'AVX2', celsius: 50, criticalCelsius: 100 },
  ...{ throttledNow: [], throttledSinceBoot: [], loadPerCore: 0.5 },
};
const processors: [change: Partial<CpuMeasure>, finding: string][] = [
  [{}, 'good'],
  [{ celsius: null, criticalCelsius: null, loadPerCore: null }, 'good'],
  [{ celsius: 85 }, 'hot'],
  [{ celsius: 81, criticalCelsius: 90 }, 'hot'],
  [{ throttledNow: ['throttled'], celsius: 99 }, 'throttled'],
  [{ throttledSinceBoot: ['under-voltage'], loadPerCore: 9 }, 'was-throttled'],
  [{ loadPerCore: 1.6 }, 'busy'],
  [{ vector: null }, 'no-vector'],
];
for (const [change, finding] of processors)
  test(`a processor with ${JSON.stringify(change)} is ${finding}`, (t) => {
    t.equal(cpuFinding({ ...cool, ...change }), finding);
    t.end();
  });

test('memory by what is left', (t) => {
  const plenty: MemoryMeasure = {
    ...{ totalBytes: 4e9, availableBytes: 2e9, swapUsedBytes: 0, oomKills: 0 },
    ...{ frameSpaceBytes: 1e9, cameras: 4 },
  };
  const of = (change: Partial<MemoryMeasure>) => memoryFinding({ ...plenty, ...change });
  t.equal(of({}), 'good');
  t.equal(of({ availableBytes: 60e6 }), 'out');
  t.equal(of({ availableBytes: 200e6 }), 'low');
  t.equal(of({ oomKills: 1 }), 'oom');
  t.equal(of({ oomKills: null }), 'good');
  t.equal(of({ frameSpaceBytes: 60e6 }), 'no-frame-space');
  t.equal(of({ frameSpaceBytes: null }), 'no-frame-space');
  t.equal(of({ frameSpaceBytes: null, cameras: 0 }), 'good');
  t.end();
});

const MOUNTINFO = `22 27 0:21 / /proc rw,relatime - proc proc rw
29 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw,errors=remount-ro
40 29 8:1 / /data rw,relatime shared:5 - ext4 /dev/sda1 rw,data=writeback
41 29 0:44 / /mnt/my\\040disk rw,relatime - cifs //nas/share rw,vers=3.0
63 40 7:0 / /data/over rw - tmpfs none rw,size=1k
`;

test('a folder lies on the longest mount point above it', (t) => {
  const of = (folder: string) => mountOf(MOUNTINFO, folder);
  t.match(of('/var/lib/anpr'), { type: 'ext4', device: '179:2', mountPoint: '/' });
  t.match(of('/data/anpr'), { device: '8:1', options: ['rw', 'relatime', 'data=writeback'] });
  t.match(of('/data'), { device: '8:1' });
  t.match(of('/database'), { device: '179:2' });
  t.match(of('/mnt/my disk/x'), { type: 'cifs', mountPoint: '/mnt/my disk' });
  t.equal(mountOf('', '/x'), undefined);
  t.end();
});

test('what mounts mean for a journal', (t) => {
  const of = (type: string, ...options: string[]) =>
    mountFinding({ device: '8:1', mountPoint: '/', source: 'x', type, options });
  t.equal(of('ext4', 'rw', 'data=ordered'), 'good');
  t.equal(of('ext4', 'rw', 'data=writeback'), 'unsafe-writeback');
  t.equal(of('ext4', 'barrier=0'), 'unsafe-barrier');
  t.equal(of('xfs', 'nobarrier'), 'unsafe-barrier');
  t.equal(of('tmpfs'), 'in-memory');
  t.equal(of('overlay'), 'overlay');
  t.equal(of('nfs4'), 'network');
  t.equal(of('vfat'), 'no-journal');
  t.equal(of('f2fs'), 'good');
  t.end();
});

test('wear as eMMC, NVMe and SATA tell it', (t) => {
  t.equal(emmcWear(undefined, undefined), undefined);
  t.equal(emmcWear('0x00 0x00', '0x00'), undefined, 'a card that does not tell');
  t.equal(wearFinding(emmcWear('0x01 0x02', '0x01')!), 'good');
  t.equal(wearFinding(emmcWear('0x02 0x08', '0x01')!), 'worn');
  t.equal(wearFinding(emmcWear('0x01 0x01', '0x02')!), 'worn');
  t.equal(wearFinding(emmcWear('0x0b 0x01', '0x01')!), 'failing');
  t.equal(wearFinding(emmcWear('0x01 0x01', '0x03')!), 'failing');
  const nvme = (used: number, spare: number, passed = true) =>
    smartWear(
      JSON.stringify({
        smart_status: { passed },
        nvme_smart_health_information_log: {
          percentage_used: used,
          available_spare: spare,
          available_spare_threshold: 10,
        },
      }),
    )!;
  t.match(nvme(3, 100), { used: 0.03, nearEnd: false, failed: false });
  t.equal(wearFinding(nvme(3, 100)), 'good');
  t.equal(wearFinding(nvme(3, 5)), 'worn');
  t.equal(wearFinding(nvme(120, 100)), 'failing');
  t.equal(wearFinding(nvme(3, 100, false)), 'failing');
  const sata = smartWear(
    JSON.stringify({
      smart_status: { passed: true },
      ata_smart_attributes: {
        table: [
          { id: 5, value: 1 },
          { id: 177, value: 12 },
        ],
      },
    }),
  )!;
  t.equal(wearFinding(sata), 'worn');
  for (const nothing of ['', '{}', 'null', '7', 'smartctl: not found'])
    t.equal(smartWear(nothing), undefined);
  t.end();
});

test('models by the cores that cameras share', (t) => {
  t.equal(looksPerSecond(20, { cameras: 1, cores: 2, threads: 1 }), 50);
  t.equal(looksPerSecond(20, { cameras: 4, cores: 2, threads: 1 }), 25);
  t.equal(looksPerSecond(20, { cameras: 0, cores: 2, threads: 1 }), 50);
  t.equal(looksPerSecond(20, { cameras: 2, cores: 4, threads: 4 }), 25);
  t.equal(speedFinding(4.9), 'slow');
  t.equal(speedFinding(5), 'good');
  t.end();
});

const SHOWN = `LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
NRestarts=0
WatchdogUSec=30s
Result=success
MainPID=812
`;
const units: [change: Record<string, string>, agentPid: number | undefined, finding: string][] = [
  [{}, 812, 'running'],
  [{}, undefined, 'running'],
  [{ WatchdogUSec: 'infinity' }, 812, 'no-watchdog'],
  [{ WatchdogUSec: '0' }, 812, 'no-watchdog'],
  [{ UnitFileState: 'disabled' }, 812, 'not-enabled'],
  [{ NRestarts: '7' }, 812, 'restarting'],
  [{ ActiveState: 'activating', SubState: 'auto-restart', MainPID: '0' }, undefined, 'restarting'],
  [{ ActiveState: 'activating', SubState: 'start' }, undefined, 'starting'],
  [{ ActiveState: 'failed', SubState: 'failed', Result: 'exit-code', MainPID: '0' }, undefined, 'failed'],
  [{ ActiveState: 'inactive', SubState: 'dead', MainPID: '0' }, undefined, 'stopped'],
  [{ ActiveState: 'inactive', SubState: 'dead', MainPID: '0' }, 4000, 'other-agent'],
  [{}, 4000, 'other-agent'],
  [{ LoadState: 'not-found', ActiveState: 'inactive' }, undefined, 'not-installed'],
  [{ LoadState: 'masked', ActiveState: 'inactive' }, undefined, 'masked'],
];
for (const [change, agentPid, finding] of units)
  test(`a unit with ${JSON.stringify(change)} and an agent ${agentPid} is ${finding}`, (t) => {
    const shown = SHOWN.replaceAll(/^(\w+)=(.*)$/gm, (line, name: string) =>
      name in change ? `${name}=${change[name]}` : line,
    );
    t.equal(serviceFinding(serviceOf(shown), agentPid), finding);
    t.end();
  });

test("systemd's time spans", (t) => {
  t.equal(spanMs('30s'), 30_000);
  t.equal(spanMs('1min 30s'), 90_000);
  t.equal(spanMs('500ms'), 500);
  t.equal(spanMs('infinity'), 0);
  t.equal(spanMs(''), 0);
  t.end();
});

test('systemd-timesyncd names its server and its correction', (t) => {
  const shown = `FallbackNTPServers=0.debian.pool.ntp.org 1.debian.pool.ntp.org
ServerName=0.debian.pool.ntp.org
ServerAddress=162.159.200.123
RootDistanceMaxUSec=5s
PollIntervalUSec=34min 8s
NTPMessage={ Leap=0, Version=4, Mode=4, Stratum=3, Precision=-25, RootDelay=11.825ms, PacketCount=45, Jitter=3.391ms }
Frequency=-851968
`;
  t.same(fromTimesync(shown), { server: '162.159.200.123', frequencyPpm: -13 });
  t.same(fromTimesync(''), { server: null, frequencyPpm: null });
  t.end();
});

const right: ClockMeasure = {
  ...{ now: Date.UTC(2027, 5, 1), synchronised: true, offsetMs: 2, serverOffsetMs: -3, driftMs: 0.2 },
  frequencyPpm: -13,
};
const clocks: [change: Partial<ClockMeasure>, finding: string][] = [
  [{}, 'synchronised'],
  [{ offsetMs: null, serverOffsetMs: null, driftMs: null, frequencyPpm: null }, 'synchronised'],
  [{ synchronised: null }, 'unknown'],
  [{ synchronised: false }, 'unsynchronised'],
  [{ serverOffsetMs: -5000 }, 'skewed'],
  [{ synchronised: false, serverOffsetMs: 5000 }, 'skewed'],
  [{ serverOffsetMs: 150 }, 'far'],
  [{ offsetMs: 150 }, 'far'],
  [{ driftMs: -12 }, 'drifts'],
  [{ frequencyPpm: 320 }, 'drifts'],
  [{ now: Date.UTC(1970, 0, 1) }, 'past'],
];
for (const [change, finding] of clocks)
  test(`a clock with ${JSON.stringify(change)} is ${finding}`, (t) => {
    t.equal(clockFinding({ ...right, ...change }), finding);
    t.end();
  });
