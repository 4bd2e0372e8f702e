// A report proves what it says: a changed letter shows, in the data, on the page and in the table.

import { hash } from 'node:crypto';
import { test } from 'tap';
import { csvOf } from '../../agent/commission/csv.ts';
import { pageOf } from '../../agent/commission/page.ts';
import { reportSchema } from '../../agent/commission/report-schema.ts';
import { checkFile, parseReport, sealCsv, sealPage, sealReport } from '../../agent/commission/sealing.ts';
import { languages } from '../../agent/commission/words.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { contentFrom, stateOf } from './state.ts';

const key = openRing(newRing()).current;
const report = sealReport(contentFrom(stateOf(20)), key);
const json = JSON.stringify(report);

test('the data', async (t) => {
  t.ok(reportSchema.safeParse(report).success);
  t.match(checkFile(json, 'a.json'), { state: 'whole', keyId: key.id, publicKey: key.publicKey });
  t.match(
    checkFile(JSON.stringify(JSON.parse(json), null, 2), 'a.json'),
    { state: 'whole' },
    'spaces mean nothing',
  );
  for (const [what, changed] of [
    ['a verdict', json.replace('"verdict":"undecided"', '"verdict":"pass"')],
    ['a number', json.replace('"reads":20', '"reads":21')],
    ['a name', json.replace('Verkeer & Co', 'Other')],
    [
      'its hash',
      json.replace(/"sha256":"[0-9a-f]{64}","signature"/, `"sha256":"${'0'.repeat(64)}","signature"`),
    ],
    ['something added', json.replace('{', '{"approved":true,')],
    ['another key', json.replace(key.publicKey, openRing(newRing()).current.publicKey)],
    ['no key', json.replace(key.publicKey, 'AAAA')],
  ] as const) {
    t.not(changed, json, what);
    t.match(checkFile(changed, 'a.json'), { state: 'tampered' }, what);
  }
  t.match(checkFile(JSON.stringify(sealReport(contentFrom(stateOf(1)), null)), 'a.json'), {
    state: 'unsigned',
  });
});

test('a signature over something else never passes for one over a report', async (t) => {
  const page = sealPage(pageOf(report, 'en', 'a.json'), key);
  const seal = JSON.parse(/anpr-seal (\{.*\}) -->/.exec(page)![1]!);
  t.match(checkFile(JSON.stringify({ ...report, seal }), 'a.json'), { state: 'tampered' });
});

test('the page', async (t) => {
  const page = sealPage(pageOf(report, 'nl', 'a.json'), key);
  t.match(checkFile(page, 'a.html'), { state: 'whole', keyId: key.id });
  t.match(checkFile(page.replace('onbeslist', 'voldoet'), 'a.html'), { state: 'tampered' });
  t.match(checkFile(page.replace(/"signature":"./, '"signature":"?'), 'a.html'), { state: 'tampered' });
  t.match(checkFile(page.replace(/<!-- anpr-seal .*/, ''), 'a.html'), { state: 'unsigned' });
  t.throws(() => checkFile('<!doctype html><title>other</title>', 'b.html'), {
    code: 'commission.no-report',
  });
});

test('what is no report of this version is said', async (t) => {
  for (const [text, code, message] of [
    ['nothing', 'commission.no-report', /neither JSON nor a page/],
    ['{"other":1}', 'commission.no-report', /other JSON/],
    ['[]', 'commission.no-report', /other JSON/],
    ['{"report":"anpr-commission","version":9}', 'commission.other-version', /version 9.*version 1/],
    ['{"report":"anpr-commission","version":1}', 'commission.no-report', /damaged/],
  ] as const)
    t.throws(() => parseReport(text, 'x.json'), { code, message });
});

test('the table', async (t) => {
  for (const language of languages) {
    const csv = sealCsv(csvOf(report, language), key);
    t.match(checkFile(csv, 'a.csv'), { state: 'whole', keyId: key.id, report: null });
    t.match(
      checkFile(`\uFEFF${csv.replaceAll('\r\n', '\n')}`, 'A.CSV'),
      { state: 'whole' },
      'other line ends',
    );
    t.match(checkFile(csv.replace(',20,', ',21,'), 'a.csv'), { state: 'tampered' }, 'a number');
    t.match(checkFile(csv.replace('\r\n', '\r\nextra,1\r\n'), 'a.csv'), { state: 'tampered' }, 'a line more');
    t.match(checkFile(csv.replace(/""signature"":""./, '""signature"":""?'), 'a.csv'), { state: 'tampered' });
    t.match(checkFile(`${csv}more,1\r\n`, 'a.csv'), { state: 'tampered' }, 'a line behind the seal');
    t.match(checkFile(csvOf(report, language), 'a.csv'), { state: 'unsigned' });
  }
  t.throws(() => checkFile('a,b\r\n1,2\r\n', 'b.csv'), {
    code: 'commission.no-report',
    message: /another table/,
  });
});

test('a seal of the page or the data is none of the table', async (t) => {
  const csv = csvOf(report, 'en');
  const seal = { ...report.seal, sha256: hash('sha256', csv.replaceAll('\r\n', '\n'), 'hex') };
  const forged = `${csv}anpr-seal,"${JSON.stringify(seal).replaceAll('"', '""')}"\r\n`;
  t.match(checkFile(forged, 'a.csv'), { state: 'tampered' });
});
