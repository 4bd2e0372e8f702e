// The page, the table and the data say the same: every figure of the page and the table is held against the signed data.

import { test } from 'tap';
import { compare } from '../../agent/commission/compare-policy.ts';
import { csvOf } from '../../agent/commission/csv.ts';
import { pageOf } from '../../agent/commission/page.ts';
import { reportSchema } from '../../agent/commission/report-schema.ts';
import { sealReport } from '../../agent/commission/sealing.ts';
import { type Language, languages, wordsIn } from '../../agent/commission/words.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { csvRecords } from '../../agent/shared/csv.ts';
import { contentFrom, readAt, stateOf } from './state.ts';

const state = stateOf(43, { counted: 45 });
state.answers['read-4'] = { kind: 'wrong', text: '1ABC1O4' };
state.answers['read-9'] = { kind: 'again' };
state.reads[7] = readAt(7, { sentAt: null, confidence: 0.71, widthPx: 88 });
state.reads[8] = readAt(8, { sentAt: readAt(8).lastSeen + 5200 });
const content = contentFrom(state);
const old = contentFrom(stateOf(200, { picture: { width: 1280, height: 720, fps: 20, decode: 'software' } }));
const report = sealReport(
  {
    ...content,
    comparison: {
      ...{ id: old.id, writtenAt: old.writtenAt, sha256: 'c'.repeat(64), anpr: '0.1.0' },
      rows: compare(old, content),
    },
  },
  openRing(newRing()).current,
);
const { comparison, criteria, passages, aim } = report;

/** The part of the page that a heading stands over. */
const section = (page: string, id: string) =>
  page.split('<section ').find((part) => part.split('>', 1)[0]?.includes(`aria-labelledby="${id}"`)) ?? '';

const spaced = (text: string) => text.replaceAll(/[\s\u00a0\u202f]+/g, ' ').trim();

/** The lines of the page's tables: a name and its cells, as people read them. */
function linesOf(page: string): Map<string, string[]> {
  const plain = (text: string) =>
    spaced(
      text
        .replaceAll(/<[^>]*>/g, ' ')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&'),
    );
  const lines = new Map<string, string[]>();
  for (const [row] of page.matchAll(/<tr>[\s\S]*?<\/tr>/g)) {
    const [head, ...cells] = [...row.matchAll(/<(t[hd])[^>]*>([\s\S]*?)<\/\1>/g)].map(([, , text]) =>
      plain(text!),
    );
    lines.set(head!, [...(lines.get(head!) ?? []), ...cells]);
  }
  return lines;
}

/** The numbers in a text, with the place of their last digit. */
function numbersIn(text: string, language: Language): { value: number; slack: number }[] {
  const joined = text.replaceAll(/(?<=\d)[ \u00a0\u202f](?=\d{3}\b)/g, '');
  return [...joined.matchAll(/[-−]?\d+(?:[.,]\d+)*/g)].map(([found]) => {
    const dotted =
      language === 'en' ? found.replaceAll(',', '') : found.replaceAll('.', '').replace(',', '.');
    const value = Number(dotted.replace('−', '-'));
    const digits = dotted.split('.')[1]?.length ?? 0;
    return { value, slack: 0.5 * 10 ** -digits + 1e-9 };
  });
}

for (const language of languages)
  test(`in ${language}`, async (t) => {
    t.ok(reportSchema.safeParse(report).success);
    const words = wordsIn(language, report.timeZone);
    const { text } = words;
    const whole = pageOf(report, language, 'a.json');
    const linesIn = (id: string) => linesOf(section(whole, id));
    let page = linesIn('criteria');
    const [head, ...rows] = csvRecords(csvOf(report, language)).map(({ fields }) => fields);
    const table = new Map(rows.map(([name, ...cells]) => [spaced(name!), cells]));
    t.equal(table.size, rows.length, 'each name once');
    t.same(new Set([head, ...rows].map((fields) => fields!.length <= 8)), new Set([true]));
    const onPage = (name: string, column: number, ...wanted: number[]) => {
      const cell = page.get(name)?.[column] ?? '';
      const found = numbersIn(cell, language);
      for (const value of wanted)
        t.ok(
          found.some((each) => Math.abs(each.value - value) <= each.slack),
          `${name}: ${value} in "${cell}"`,
        );
    };
    const inTable = (name: string, ...wanted: (number | null)[]) => {
      const cells = table.get(name) ?? [];
      for (const [index, value] of wanted.entries())
        if (value !== null) t.equal(Number(cells[index]), value, `${name}, column ${index + 1}`);
    };

    for (const { id, value, limit, n, count, interval, verdict } of criteria) {
      const name = spaced(text(`criteria.${id}`, { limit: words.ms(2000) }));
      const [low, high] = interval ?? [null, null];
      inTable(name, value, limit, null, n, low, high);
      t.equal(table.get(name)?.[2], text(`criterionVerdict.${verdict}`));
      t.equal(page.get(name)?.at(2), text(`criterionVerdict.${verdict}`));
      const scale = id === 'clock' ? 1 : 100;
      onPage(name, 0, scale * value!, ...(id === 'clock' ? [] : [count!, n!, 100 * low!, 100 * high!]));
      onPage(name, 1, scale * limit);
    }
    page = linesIn('passages');
    for (const name of ['reads', 'captured', 'missed'] as const) {
      inTable(`${text('passages.heading')}: ${text(`passages.${name}`)}`, passages[name]);
      onPage(text(`passages.${name}`), 0, passages[name]);
    }
    t.equal(passages.captured + passages.missed, criteria[0]!.n);
    page = linesIn('aim');
    for (const { name, value, limit } of aim) {
      inTable(text(`aim.${name}`), value, limit);
      onPage(text(`aim.${name}`), 0, value!);
      if (limit !== null) onPage(text(`aim.${name}`), 1, limit);
    }
    const changes = comparison!.rows;
    t.ok(changes.some(({ change }) => change === 'worse') && changes.some(({ change }) => change === 'same'));
    page = linesIn('comparison');
    for (const { name, kind, unit, before, now, change } of changes) {
      const own = ['delivery', 'delivered', 'fps', 'pixels'].includes(name)
        ? `comparison.${name}`
        : ['captured', 'read', 'clock'].includes(name)
          ? `criteria.${name}`
          : `aim.${name}`;
      inTable(`Δ ${text(own)}`, now, null, null, null, null, null, before);
      t.equal(table.get(`Δ ${text(own)}`)?.[2], text(`comparison.${change}`));
      const cells = page.get(text(own))!;
      const seconds = unit === 'ms' && name !== 'exposure' && Math.max(before!, now!) >= 1000;
      const scale = kind === 'share' ? 100 : 1;
      for (const [index, value] of [before, now].entries()) {
        const found = numbersIn(cells[index]!, language)[0]!;
        const shown = scale * value! * (seconds && value! >= 1000 ? 0.001 : 1);
        t.ok(Math.abs(found.value - shown) <= found.slack, `${name}: ${value} in "${cells[index]}"`);
      }
      t.equal(cells[2], text(`comparison.${change}`));
    }
    t.equal(table.get(text('seal.hash'))?.[0], report.seal!.sha256);
    page = linesIn('seal');
    t.equal(page.get(text('seal.hash'))?.[0], report.seal!.sha256);
    t.equal(table.get(text('title'))?.[0], report.id);
  });

test('the plots are of all reads, and their tables of the same', async (t) => {
  const page = pageOf(report, 'en', 'a.json');
  for (const name of ['widthPx', 'confidence', 'hour'] as const) {
    const bars = report.bars[name];
    const sum = bars.reduce((all, { right, wrong, unchecked }) => all + right + wrong + unchecked, 0);
    t.equal(sum, passages.reads, name);
    const own = page.split('<figure>').find((part) => part.includes(`id="plot-${name}`)) ?? '';
    const cells = [...own.matchAll(/<td>(\d+)<\/td>/g)].map(([, text]) => Number(text));
    t.equal(
      cells.reduce((all, each) => all + each, 0),
      passages.reads,
      `${name}'s table`,
    );
  }
});
