// A roll-out: bundles out of a table, each for its box, and certificates for the requests that come back.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Test, test } from 'tap';
import { restore, signerKeyOf } from '../../agent/backup/index.ts';
import { makeRequest } from '../../agent/enrol/index.ts';
import { loadKeys, openPassword, openRing } from '../../agent/seal/index.ts';
import { plannedBoxes } from '../../scripts/fleet-tools/sites.ts';

const script = fileURLToPath(new URL('../../scripts/fleet', import.meta.url));
const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'needs openssl';
const TEMPLATE = `# all boxes
version: 1
site: SITE
box: BOX
uplink: {url: "mqtts://broker.example", caFile: ca.pem}
cameras: [{id: any, url: "rtsp://192.0.2.1/", transport: udp}]
`;

function office(t: Test): { folder: string; file: (name: string, text: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  execFileSync('mkdir', ['-p', join(folder, 'template/secrets')]);
  file('template/agent.yaml', TEMPLATE);
  file('template/ca.pem', 'an authority\n');
  file('template/secrets/broker', 'for all\n');
  return { folder, file };
}

const run = (folder: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(script, args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
};

test('a bundle for each box, which that box takes and no other’s signature makes good', {
  skip: noOpenssl,
}, async (t) => {
  const { folder, file } = office(t);
  file('words', 'seven dry words\n');
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', 'fleet.key'], { cwd: folder });
  execFileSync('openssl', ['pkey', '-in', 'fleet.key', '-pubout', '-out', 'fleet.pub'], { cwd: folder });
  file(
    'sites.csv',
    'site;box;latitude;longitude;camera;url;username;password\n' +
      'e19;north;50.9;4.35;gate;rtsp://192.0.2.10/1;anpr;"a;b""c "\n' +
      'e19;north;;;exit;rtsp://192.0.2.11/1;;\n' +
      'e19;south;;;;;;\n',
  );
  const args = ['provision', 'sites.csv', '--template', 'template', '--key', 'fleet.key', '--out', 'out'];
  const made = run(folder, ...args, '--passphrase-file', 'words');
  t.match(made, { status: 0, stdout: /2 bundles in out/ }, made.stderr);
  t.same(readdirSync(join(folder, 'out')).sort(), ['e19-north.anpr', 'e19-south.anpr', 'index.csv']);
  t.notOk(readFileSync(join(folder, 'out/e19-north.anpr')).includes('192.0.2.10'));

  const box = mkdtempSync(join(tmpdir(), 'box-'));
  t.teardown(() => rmSync(box, { recursive: true, force: true }));
  const ring = loadKeys(join(box, 'journal.db'), { environment: {}, credential: '/nonexistent' }).ring;
  const take = (trusted: string[]) =>
    restore({
      ...{ file: join(folder, 'out/e19-north.anpr'), configFile: join(box, 'agent.yaml'), trusted },
      ...{ passphrase: 'seven dry words', force: false, keepJournal: false, ownRing: ring },
      ringFor: async () => ring,
      agentRuns: async () => false,
    });
  await t.rejects(
    take([]),
    { code: 'restore.signer' },
    'a bundle has to be signed by somebody who is trusted',
  );
  const done = await take([signerKeyOf(join(folder, 'fleet.pub'))]);
  t.match(done.config, {
    ...{ site: 'e19', box: 'north', position: { latitude: 50.9, longitude: 4.35 } },
    cameras: [
      { id: 'gate', transport: 'udp', username: 'anpr', passwordFile: join(box, 'secrets/camera-gate') },
      { id: 'exit', transport: 'udp' },
    ],
  });
  t.match(readFileSync(join(box, 'agent.yaml'), 'utf8'), /^# all boxes/);
  const kept = readFileSync(join(box, 'secrets/camera-gate'), 'utf8');
  t.match(kept, /SEALED PASSWORD/);
  t.equal(openPassword(openRing(ring), kept), 'a;b"c ');
  t.equal(readFileSync(join(box, 'secrets/broker'), 'utf8'), 'for all\n');
  t.equal(readFileSync(join(box, 'ca.pem'), 'utf8'), 'an authority\n');

  const again = run(
    folder,
    'provision',
    'sites.csv',
    '--template',
    'template',
    '--key',
    'fleet.pub',
    '--out',
    'out',
  );
  t.match(again, { status: 1, stderr: /fleet\.key/ });
});

test('what is wrong in the table is told by its line, all at once, and nothing is written', {
  skip: noOpenssl,
}, (t) => {
  const { folder, file } = office(t);
  const rows = [
    'site,box,latitude,longitude,camera,url,username,password,heading,key',
    'e19,north,50.9,4.35,gate,rtsp://192.0.2.10/1,,,,',
    'e 19,south,,,,,,,,',
    'e19,,,,,,,,,',
    'e19,east,"50,9",4.35,,,,,,',
    'e19,west,,,gate,http://192.0.2.10/1,,,,',
    'e19,west,,,exit,,,,,',
    'e19,north,,,gate,rtsp://192.0.2.12/1,,,,',
    'e19,north,51.0,4.35,other,rtsp://192.0.2.13/1,,secret-word,361,short',
    'e19,far,,,,rtsp://192.0.2.14/1,,,,',
    'too,few',
  ];
  const { problems } = plannedBoxes(`${rows.join('\r\n')}\r\n`);
  const lines = new Map(problems.map(({ line, message }) => [line, message]));
  t.same(
    [...lines.keys()].sort((a, b) => a - b),
    [3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
  t.match(lines.get(11), /wanted 10 fields, found 2/);
  t.notMatch(JSON.stringify(problems), /secret-word/);
  t.match(plannedBoxes('site,bax\ne19,x\n').problems, [
    { line: 1, message: /unknown column "bax"/ },
    { line: 1, message: /"box" is missing/ },
  ]);
  t.match(plannedBoxes('').problems.length, 2);
  t.match(plannedBoxes('site,box\n').problems, [{ message: /no row/ }]);

  file('sites.csv', rows.join('\n'));
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', 'fleet.key'], { cwd: folder });
  const refused = run(
    folder,
    'provision',
    'sites.csv',
    '--template',
    'template',
    '--key',
    'fleet.key',
    '--out',
    'out',
  );
  t.match(refused, { status: 1, stderr: /sites\.csv:3: site: wanted[\s\S]*sites\.csv:11: wanted 10 fields/ });
  t.match(refused.stderr, /Nothing was written/);
  file('sites.csv', 'site,box\ne19,north\n');
  file('words', 'seven dry words\n');
  file('template/agent.yaml', TEMPLATE.replace('version: 1', 'version: 9'));
  const wrong = run(
    folder,
    'provision',
    'sites.csv',
    '--template',
    'template',
    '--key',
    'fleet.key',
    '--out',
    'out',
    '--passphrase-file',
    'words',
  );
  t.match(wrong, { status: 1, stderr: /sites\.csv:2: agent\.yaml of e19\/north:2:/ });
  t.notOk(readdirSync(folder).includes('out'));
  t.end();
});

test('requests of boxes that stand in the table are signed, and no others', { skip: noOpenssl }, (t) => {
  const { folder, file } = office(t);
  file('sites.csv', 'site,box\ne19,north\n');
  const config = file('agent.yaml', '');
  const { ring } = loadKeys(join(folder, 'journal.db'), { environment: {}, credential: '/nonexistent' });
  for (const box of ['north', 'south'])
    file(`${box}.csr`, makeRequest(config, { site: 'e19', box }, ring).request);
  file('broken.csr', 'nothing');
  const openssl = (line: string) => execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe' });
  openssl('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key');
  openssl('req -x509 -new -key ca.key -days 9 -subj /CN=Boxes -out ca.pem');
  const args = ['--sites', 'sites.csv', '--ca', 'ca.pem', '--ca-key', 'ca.key', '--out', 'signed'];
  const done = run(folder, 'certify', 'north.csr', 'south.csr', 'broken.csr', ...args);
  t.match(
    done,
    { status: 1, stdout: /e19\/north: signed\/north\.pem\nsouth\.csr: refused: no box "e19\/south" stands/ },
    done.stderr,
  );
  t.match(done.stdout, /broken\.csr: refused/);
  t.match(String(openssl('verify -CAfile ca.pem -purpose sslclient signed/north.pem')), /OK/);
  t.same(readdirSync(join(folder, 'signed')), ['north.pem']);
  t.end();
});
