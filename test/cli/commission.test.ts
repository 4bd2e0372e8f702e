// The acceptance test of a camera as a technician makes it: beside a real agent that reads a real stream and has a broker,
// recorded, left, gone on with on a terminal, signed, checked. (test/long has what got worse since.)

import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import { startMosquitto } from '../fixtures/mosquitto.ts';
import { noFfmpeg, noRtspServer, noTraffic } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';
import { anpr } from './anpr.ts';
import { noTerminal, onTerminal, screensOf, type Terminal } from './terminal.ts';

// the file too has more than the usual limit
t.setTimeout(600_000);

/** One more plate on the page, without a browser (test/commission has one), then it is left on the terminal. */
async function onPage(t: Test, shown: Terminal): Promise<void> {
  await shown.until(/another\s+address/);
  const [address = '', origin = ''] = /(http:\/\/127\.0\.0\.1:\d+)\/\?token=[\w-]+/.exec(shown.text()) ?? [];
  t.match(shown.text(), /From another machine[\s\S]*ssh -N -L/);
  const entered = await fetch(address, { redirect: 'manual' });
  const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0];
  const live = new WebSocket(`${origin.replace('http', 'ws')}/live`, { origin, headers: { cookie } });
  const told: { type: string; at: number; id: string }[] = [];
  live.on('message', (message) => told.push(JSON.parse(String(message))));
  const asked = async (at: number) => {
    for (;;) {
      const event = told.find((each) => each.type === 'question' && each.at === at);
      if (event) return event;
      await once(live, 'message');
    }
  };
  const { id } = await asked(1);
  for (const kind of ['plate', 'overview'])
    t.match(await fetch(`${origin}/picture?${new URLSearchParams({ id, kind })}`, { headers: { cookie } }), {
      status: 200,
    });
  live.send(JSON.stringify({ type: 'answer', of: id, key: 'enter', typed: '' }));
  await asked(2);
  shown.type('q');
  t.equal(await shown.ended, 0);
  t.match(shown.text(), /Go on with: anpr commission gate .*--page/);
}

test('from the recording to a signed report', {
  skip: noRtspServer || noFfmpeg || noTraffic || noTerminal,
  timeout: 600_000,
}, async (t) => {
  const scene = sceneFor(t);
  const camera = await scene.camera();
  const broker = await startMosquitto();
  t.teardown(() => broker.stop());
  const box = scene.folder({
    cameras: [{ id: 'gate', url: camera.url }],
    uplink: { url: broker.url },
  });
  const env = { ANPR_CONFIG: box.configPath, LANG: 'C.UTF-8' };
  const agent = await box.start();
  await agent.until(({ cameras }) => cameras[0]?.state === 'streaming');
  const out = join(box.directory, 'reports');
  const test = ['commission', 'gate', '--output', out];

  t.match(await anpr(test, env), {
    exitCode: 2,
    stderr: /no terminal to ask on[\s\S]*--truth[\s\S]*--record-only/,
  });
  t.notOk(existsSync(out), 'nothing is begun before everything is known to be right');

  const recorded = await anpr(
    [...test, '--record-only', '--passages', '3', '--by', 'Jan Peeters', '--lens', '12 mm'],
    env,
  );
  t.match(recorded, {
    exitCode: 0,
    stdout: /Recorded: ([2-9]|\d\d) reads\. The plates are still to be confirmed\./,
  });
  const session = join(out, '.commission-gate', 'session.json');
  t.equal(statSync(session).mode & 0o777, 0o600);
  const { reads } = JSON.parse(readFileSync(session, 'utf8'));
  t.ok(reads.every(({ sentAt, lastSeen }: { sentAt: number; lastSeen: number }) => sentAt > lastSeen));

  const first = onTerminal(test, { env });
  await first.until(/goes on[\s\S]*1 of \d+[\s\S]*read as/);
  first.type('xx-99');
  await first.until(/XX99/);
  first.type('\r');
  await first.until(/2 of \d+/);
  first.type('\u001b');
  t.equal(await first.ended, 0);
  t.match(first.text(), /Go on with: anpr commission gate/);

  await onPage(t, onTerminal([...test, '--page'], { env }));

  const second = onTerminal([...test, '--language', 'nl,en'], { env });
  await second.until(/3 of \d+[\s\S]*it says/);
  // the other plates are right, and nothing was missed
  second.type('\r'.repeat(60));
  const status = await second.ended;
  t.match(second.text(), /MEASURED[\s\S]*captured[\s\S]*delivered[\s\S]*Written: .*\.json/);
  for (const lines of screensOf(second.text()))
    t.same(
      lines.filter((line) => [...line].length > 80 && !line.startsWith('Written')),
      [],
      'nothing is wider than 80',
    );
  const names = readdirSync(out).sort();
  const [base] = /^commission-gate-\d{8}-\d{4}/.exec(names[0]!)!;
  t.same(
    names,
    ['en.csv', 'en.html', 'json', 'nl.csv', 'nl.html'].map((end) => `${base}.${end}`),
    'the session is gone',
  );
  const json = join(out, `${base}.json`);
  const text = readFileSync(json, 'utf8');
  const report = JSON.parse(text);
  t.equal(status, report.verdict === 'fail' ? 1 : 4, 'three passages prove nothing good');
  t.match(report, {
    ...{ camera: 'gate', by: { name: 'Jan Peeters' }, mounting: { lens: '12 mm' } },
    passages: { method: 'motion', reads: reads.length, checked: { right: reads.length - 1, wrong: 1 } },
    stream: { width: 1920, height: 1080 },
    versions: { reader: { sha256: /^[0-9a-f]{64}$/ } },
  });
  t.same(
    report.criteria.map(({ id }: { id: string }) => id),
    ['captured', 'read', 'clock', 'delivered'],
  );
  t.ok(report.aim.find(({ name }: { name: string }) => name === 'width').value > 60);
  t.ok(
    report.probes.some(
      ({ id, verdict }: { id: string; verdict: string }) => id === 'camera/gate' && verdict !== 'fail',
    ),
  );
  t.ok(report.samples.length > 0);
  const page = readFileSync(join(out, `${base}.nl.html`), 'utf8');
  for (const { text: plate } of reads)
    t.notOk(text.includes(plate) || page.includes(plate), 'it names nobody');
  t.match(page, /<html lang="nl">[\s\S]*Opleveringsverslag/);

  t.match(await anpr(['commission', '--verify', json], env), {
    exitCode: 0,
    stdout: /as it was signed[\s\S]*key of this box/,
  });
  const elsewhere = ['commission', '--verify', join(out, `${base}.nl.html`), '--key', report.seal.publicKey];
  t.match(await anpr(elsewhere), { exitCode: 0, stdout: /the key that was named/ });
});
