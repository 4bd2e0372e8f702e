// What a box goes through with the package: installed without a network, waiting, running, watched, newer, older, removed,
// purged. Everything is done as an integrator would, on a Debian of its own with its own systemd.

import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Test, t } from 'tap';
import { type DebianBox, debianBox, NoRoot, noDebianBox, type Suite } from '../fixtures/debian-box.ts';
import { codeOf, linesOf } from '../fixtures/doc-commands.ts';
import { notLong, trafficClip } from '../fixtures/needs.ts';
import { writeVersion1 } from '../journal/version-1.ts';

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));
const amd64 = process.arch === 'x64';
export const skip: string | false =
  notLong || noDebianBox || (amd64 ? false : 'builds and installs on amd64');

const HOUR_MS = 3_600_000;
/** exposure at most, of ten */
const EXPOSURE = 1.5;
const yaml = (cameras: string, more: string) => `version: 1
site: s
box: b
cameras: ${cameras}
${more}
`;
const VIDEO = '[{ id: video, url: file:///var/lib/anpr/traffic.mp4 }]';
const OFF = '[{ id: off, url: rtsp://127.0.0.1:9/ }]';

/** Builds the package as a version; gives its file. */
function build(t: Test, folder: string, version: string): string {
  const done = spawnSync(
    join(scripts, 'package'),
    ['--arch', 'amd64', '--fast', '--version', version, '--out', folder],
    { encoding: 'utf8' },
  );
  if (done.status !== 0) throw new Error(`scripts/package: ${done.stderr}${done.stdout}`);
  t.comment(done.stdout.trim());
  return join(folder, `anpr-edge_${version}_amd64.deb`);
}

async function property(box: DebianBox, name: string, unit = 'anpr.service'): Promise<string> {
  return (await box.run(`systemctl show ${unit} -p ${name} --value`)).trim();
}

async function configure(box: DebianBox, cameras: string, more = ''): Promise<void> {
  await box.run(`cat > /etc/anpr/agent.yaml <<'YAML'\n${yaml(cameras, more)}YAML`);
}

const status = async (box: DebianBox) => JSON.parse(await box.run('anpr status --json'));
const active = 'systemctl is-active -q anpr.service';

/** @param whole also newer, older and what a full life brings; without: that it installs, runs and goes */
export async function installationOn(suite: Suite, whole: boolean): Promise<void> {
  t.setTimeout(HOUR_MS);
  let missing = skip;
  const box = missing
    ? undefined
    : await debianBox(suite).catch((error) => {
        if (!(error instanceof NoRoot)) throw error;
        missing = error.message;
        return undefined;
      });
  t.teardown(() => box?.close());
  t.test(`the package on ${suite}`, { skip: missing, timeout: HOUR_MS }, async (t) => {
    if (!box) return;
    const folder = mkdtempSync(join(tmpdir(), 'anpr-installation-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const deb = build(t, folder, '0.1.0');
    const newer = whole ? build(t, folder, '0.1.1') : undefined;

    await t.test(
      'apt installs it without a network, and the service waits for its configuration',
      async (t) => {
        t.equal(
          (await box.run('ip -o link show up 2>/dev/null | grep -vc lo: || true')).trim(),
          '0',
          'no network',
        );
        const begun = performance.now();
        const said = await box.run(`apt-get install -y --no-install-recommends ${box.bring(deb)} 2>&1`);
        t.comment(`installed in ${Math.round((performance.now() - begun) / 100) / 10} s`);
        t.match(said, /the service waits for its configuration/);
        t.equal(await property(box, 'UnitFileState'), 'enabled');
        t.equal(await property(box, 'ActiveState'), 'inactive');
        t.equal(await property(box, 'SubState', 'anpr.path'), 'waiting');
        t.equal(await property(box, 'ActiveState', 'anpr-nightly.timer'), 'active');
        t.equal(await box.run('systemctl --failed --quiet --no-legend'), '', 'nothing has failed');
      },
    );

    await t.test('command, man page, completion, documents', async (t) => {
      t.match(await box.run('anpr --version'), /^0\.1\.0/);
      t.match(await box.run('man --pager=cat anpr'), /anpr +- .*COMMANDS.*FILES/s);
      const complete = (words: string) =>
        box.run(`source /usr/share/bash-completion/completions/anpr
COMP_WORDS=(${words}) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) && _anpr && echo "\${COMPREPLY[@]}"`);
      t.match(await complete('anpr doc'), /^doctor\n/);
      t.match(await complete("anpr reads '--fol'"), /^--follow\n/);
      const files = await box.run('ls /usr/share/doc/anpr-edge /usr/lib/anpr-edge/docs');
      for (const file of [
        'copyright',
        'changelog.gz',
        'licences.gz',
        'libvips.md',
        'sbom.cdx.json',
        'install.md',
      ])
        t.ok(files.includes(file), file);
      t.equal(await box.run('dpkg --verify anpr-edge'), '', 'each file is what the package says');
    });

    await t.test('once there is a configuration it starts by itself', async (t) => {
      await box.run('anpr config init --site s --box b /etc/anpr/agent.yaml');
      await box.until(active);
      t.match(await property(box, 'StatusText'), /^0 of 0 cameras streaming/);
      t.equal(await property(box, 'NotifyAccess'), 'main');
      t.equal(await box.run('stat -c %U:%G:%a /etc/anpr/agent.yaml'), 'root:anpr:640\n');
      t.match(
        (await status(box)).keys,
        { place: 'credential', problem: null },
        'its keys are sealed to this machine',
      );
    });

    await t.test('a wrong configuration is told once, and its correction starts the agent', async (t) => {
      await box.run('systemctl stop anpr');
      await configure(box, '[{ id: gate }]');
      await box.until('systemctl is-failed -q anpr.service');
      t.equal(await property(box, 'ExecMainStatus'), '2');
      t.match(
        await box.run('journalctl -u anpr -p err -o cat'),
        /cameras\[0\]|url/,
        'as an error, with what is wrong',
      );
      await configure(box, VIDEO);
      await box.until(active);
      t.equal(await property(box, 'NRestarts'), '0');
    });

    await t.test('it reads plates', async (t) => {
      await box.run(`cp ${box.bring(trafficClip)} /var/lib/anpr/ && systemctl restart anpr`);
      const streaming = JSON.parse(
        await box.until(
          'journalctl -u anpr -o json _PID=$(systemctl show anpr -p MainPID --value) + SYSLOG_IDENTIFIER=anpr | grep streaming | tail -n 1 | grep .',
        ),
      );
      const startedUs = Number(await property(box, 'InactiveExitTimestampMonotonic'));
      const afterMs = Math.round((Number(streaming.__MONOTONIC_TIMESTAMP) - startedUs) / 1000);
      t.comment(`first frame ${afterMs} ms after systemd began to start it`);
      t.match(streaming, { PRIORITY: '6', ANPR_PART: 'agent', _SYSTEMD_UNIT: 'anpr.service' });
      t.match(streaming, { ANPR_SITE: 's', ANPR_BOX: 'b', ANPR_STAGE: 'capture', ANPR_CAMERA: 'video' });
      t.match(JSON.parse(streaming.MESSAGE), { level: 'info', stage: 'capture', camera: 'video' });
      const lines = (await box.run('journalctl -u anpr.service -t anpr -o cat')).trim().split('\n');
      t.ok(lines.length > 10);
      for (const line of lines)
        if (!/^\{.*"level".*\}$/.test(line) || Buffer.byteLength(line) > 8192)
          t.fail(`a line that is no JSON, or longer than syslog takes: ${line}`);
      await box.until(`anpr status --json | grep -q '"readsToday": *[1-9]'`);
      const memory = await box.run(
        'for pid in $(cat /sys/fs/cgroup/system.slice/anpr.service/cgroup.procs); do echo $(cat /proc/$pid/comm) $(awk "/^Pss:/ {print \\$2}" /proc/$pid/smaps_rollup); done',
      );
      t.comment(`PSS, KiB: ${memory.trim().replaceAll('\n', ', ')}`);
      const stopping = performance.now();
      await box.run('systemctl stop anpr');
      t.comment(`stopped in ${Math.round(performance.now() - stopping)} ms`);
      t.equal(await property(box, 'Result'), 'success');
      t.equal(await box.run('pgrep -u anpr || true'), '', 'and leaves no process');
      t.match(await box.run('anpr reads --json'), /"text"/, 'what it read is there while it does not run');
    });

    await t.test('what root does while the agent is off is the agent’s to take over', async (t) => {
      await configure(box, VIDEO, 'watchlists: { lists: [{ id: stolen, expectedPer10000: 1 }] }');
      await box.run('systemctl stop anpr');
      await box.run(
        "printf 'plate\\nKO9444\\n' > /root/stolen.csv && anpr watchlist import stolen /root/stolen.csv",
      );
      t.equal(await box.run('stat -c %U /var/lib/anpr/watchlists/stolen.db'), 'anpr\n');
      await box.run('systemctl start anpr');
      await box.until(active);
      t.match(await status(box), { watchlists: [{ list: 'stolen', state: 'in-force', entries: 1 }] });
      t.equal(
        (await box.attempt('ls /var/lib/anpr/journal.db.audit')).stdout,
        '',
        'who looked meanwhile is in the journal now',
      );
      t.match(await box.run('anpr audit --json'), /"action": *"reads"/);
      await configure(box, VIDEO);
      await box.run('systemctl stop anpr');
    });

    await t.test('whoever is not in the group is told so, and what to do', async (t) => {
      await box.run('useradd --create-home anna');
      for (const command of ['status', 'reads', 'doctor --only agent'])
        t.match(
          (await box.attempt(`su anna -c 'anpr ${command}' 2>&1`)).stdout.replaceAll(/\s+/g, ' '),
          command === 'doctor --only agent'
            ? /join the group anpr|no agent answers/
            : /join the group anpr \(sudo usermod -aG anpr NAME\)/,
          command,
        );
      await box.run('systemctl start anpr');
      await box.until(active);
      await box.run('usermod -aG anpr anna');
      t.match(await box.run("su anna -c 'anpr status'"), /^s\/b: anpr 0\.1\.0/);
      await box.run('systemctl stop anpr && userdel --remove anna');
    });

    await t.test('its log: found by fields with journalctl, taken apart by rsyslog', async (t) => {
      const lines = linesOf('docs/install.md', 'journalctl');
      t.ok(lines.length >= 5);
      for (const line of lines) {
        const once = line.replace(' -f ', ' ').replace('=gate', '=video');
        // what never happened here finds nothing: journalctl then exits with 1
        const { status, stderr } = await box.attempt(`set -o pipefail; ${once}`);
        t.ok(status === 0 || (status === 1 && stderr === ''), `${once}: ${status} ${stderr}`);
      }
      t.equal((await box.run('journalctl -F ANPR_CAMERA')).trim(), 'video');
      t.match(await box.run('journalctl -F ANPR_CODE'), /^config\./m);
      t.match(await box.run('journalctl ANPR_CAMERA=video -o cat | jq -r .stage'), /^capture$/m);
      t.match(await box.run('journalctl -F _TRANSPORT -t anpr'), /^journal$/m);

      writeFileSync(join(box.root, 'etc/rsyslog.d/30-anpr.conf'), codeOf('docs/operate.md', 'rsyslog'));
      await box.run('rsyslogd -N1 && systemctl restart rsyslog && systemctl start anpr');
      await box.until('grep -q "camera state" /var/log/anpr.log');
      const written = await box.run('cat /var/log/anpr.log');
      for (const line of written.trim().split('\n')) t.match(line, /^20\S+Z (debug|info|warn|error) s\/b /);
      t.match(written, /Z info s\/b capture video {2}camera state$/m);
      await box.run('rm /etc/rsyslog.d/30-anpr.conf && systemctl stop anpr && systemctl restart rsyslog');
    });

    await t.test(`systemd's own judgement`, async (t) => {
      const judged = await box.run('systemd-analyze security --no-pager anpr.service | tail -n 1');
      const exposure = Number(/([\d.]+) /.exec(judged.replace(/^.*: /, ''))?.[1]);
      t.ok(exposure <= EXPOSURE, judged.trim());
      const said = await box.attempt('systemd-analyze verify /usr/lib/systemd/system/anpr*');
      t.equal(said.status, 0, said.stderr);
      const others = said.stderr
        .split('\n')
        .filter((line) => /anpr/.test(line) && !/Unknown key .*Restart/.test(line));
      t.same(others, []);
    });

    if (newer) await wholeLife(t, box, deb, newer);

    await t.test('purged: nothing stays but the user', async (t) => {
      await box.run('apt-get purge -y anpr-edge');
      // man keeps what it has shown in a cache of its own, and clears that itself
      const left = await box.run(
        `find / -xdev -iname '*anpr*' -not -path '/proc/*' -not -path '/root/*' -not -path '/var/log/*' -not -path '/var/cache/man/*'`,
      );
      t.equal(left, '');
      t.equal(await box.run('pgrep -u anpr || true'), '');
      t.equal(await box.run('systemctl --failed --quiet --no-legend'), '');
    });
  });
}

async function wholeLife(t: Test, box: DebianBox, deb: string, newer: string): Promise<void> {
  await t.test('a camera process that stands still is ended, and another one begins', async (t) => {
    await configure(box, OFF);
    await box.until(active);
    const pid = async () => (await status(box)).cameras[0]?.pid;
    await box.until(`anpr status --json | grep -q '"pid"'`);
    const first = await pid();
    await box.run(`kill -STOP ${first}`);
    await box.until(`journalctl -u anpr -p err -o cat | grep 'camera process hangs'`);
    await box.until(
      `anpr status --json | grep -v '"pid": *${first},' | grep -q '"state": *"connecting\\|waiting\\|refused'`,
    );
    t.not(await pid(), first);
    t.equal(await property(box, 'NRestarts'), '0', 'the agent itself went on');
  });

  await t.test('an agent that stands still gives no sign of life, and is started again', async (t) => {
    await box.run(
      `mkdir -p /etc/systemd/system/anpr.service.d &&
       printf '[Service]\\nWatchdogSec=6\\n' > /etc/systemd/system/anpr.service.d/watchdog.conf &&
       systemctl daemon-reload && systemctl restart anpr`,
    );
    const first = await property(box, 'MainPID');
    await box.run('sleep 8; systemctl is-active anpr', 60_000);
    t.equal(await property(box, 'MainPID'), first, 'a healthy one is left alone');
    await box.run('systemctl kill --kill-whom=main --signal=STOP anpr');
    await box.until(`[ "$(systemctl show anpr -p NRestarts --value)" -ge 1 ] && ${active}`);
    t.not(await property(box, 'MainPID'), first);
    t.match(await box.run('journalctl -u anpr -o cat'), /Watchdog timeout/);
    await box.run(
      'rm -r /etc/systemd/system/anpr.service.d && systemctl daemon-reload && systemctl restart anpr',
    );
  });

  await t.test('the nightly self-test', async (t) => {
    await box.attempt('systemctl start anpr-nightly.service');
    const said = await box.run('journalctl -u anpr-nightly -o cat');
    t.match(said, /records/, 'the journal was verified');
    t.match(said, /configuration/, 'and the box looked at');
  });

  await t.test('newer: everything stays, a journal of an older version is brought over', async (t) => {
    await box.run('systemctl stop anpr && rm -f /var/lib/anpr/journal.db*');
    const journal = join(box.root, 'var/lib/anpr/journal.db');
    writeVersion1(journal);
    const { uid, gid } = statSync(join(box.root, 'var/lib/anpr'));
    chownSync(journal, uid, gid);
    const config = await box.run('cat /etc/anpr/agent.yaml');
    await box.run(`apt-get install -y --no-install-recommends ${box.bring(newer)}`);
    await box.until(active);
    t.match(await status(box), { version: '0.1.1', journal: { records: Number } });
    t.equal(await box.run('cat /etc/anpr/agent.yaml'), config);
    t.match(await box.run('anpr reads --json'), /1ABC234/, 'its reads are there');
    // records from before the keys: not all can be checked, and that is said
    t.match((await box.attempt('anpr journal verify')).stdout, /No break was found/);
  });

  await t.test('older within the minor version: everything stays too', async (t) => {
    await box.run(`apt-get install -y --no-install-recommends --allow-downgrades ${box.bring(deb)}`);
    await box.until(active);
    t.match(await status(box), { version: '0.1.0' });
    t.match(await box.run('anpr reads --json'), /1ABC234/);
  });

  await t.test('removed: data and configuration stay; installed again it goes on', async (t) => {
    await box.run('apt-get remove -y anpr-edge');
    t.notOk(existsSync(join(box.root, 'usr/lib/anpr-edge')));
    t.equal(await box.run('pgrep -u anpr || true'), '');
    for (const file of [
      'var/lib/anpr/journal.db',
      'etc/anpr/agent.yaml',
      'etc/credstore.encrypted/anpr.keys',
    ])
      t.ok(existsSync(join(box.root, file)), file);
    await box.run(`apt-get install -y --no-install-recommends ${box.bring(newer)}`);
    await box.until(active);
    t.match(await box.run('anpr reads --json'), /1ABC234/);
  });
}
