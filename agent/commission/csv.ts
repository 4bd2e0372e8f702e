// The report's numbers as CSV, for spreadsheets, issue trackers and wikis: one line for each, in the language's words, with
// points in numbers whatever the language. It is not signed: it names the signed report.

import { csvField, withoutFormula } from '../shared/csv.ts';
import type { Report } from './report-schema.ts';
import { type Language, wordsIn } from './words.ts';

export function csvOf(report: Report, language: Language): string {
  const { text, ms } = wordsIn(language, report.timeZone);
  const rows: (string | number | null)[][] = [
    ['item', 'value', 'limit', 'verdict', 'n', 'low', 'high'].map((name) => text(`csv.${name}`)),
    [text('title'), report.id, '', text(`verdict.${report.verdict}`)],
    [text('head.camera'), `${report.site}/${report.box}/${report.camera}`],
    [text('head.recorded'), report.recording.from],
    [text('head.duration'), report.recording.seconds],
    [text('head.by'), [report.by.name, report.by.company].filter(Boolean).join(', ')],
    [text('head.standard'), report.standard.name],
  ];
  for (const { id, value, limit, verdict, n, interval } of report.criteria) {
    const name = text(`criteria.${id}`, { limit: ms(report.standard.delivered?.mostMs ?? 0) });
    rows.push([name, value, limit, text(`criterionVerdict.${verdict}`), n, ...(interval ?? [])]);
  }
  rows.push([text('passages.reads'), report.passages.reads]);
  rows.push([text('passages.captured'), report.passages.captured]);
  rows.push([text('passages.missed'), report.passages.missed]);
  for (const { name, value, limit, good } of report.aim)
    rows.push([
      text(`aim.${name}`),
      value,
      limit,
      text(`aim.${good === null ? 'unknown' : good ? 'good' : 'bad'}`),
    ]);
  for (const { name, change } of report.comparison?.rows ?? [])
    rows.push([`Δ ${name}`, '', '', text(`comparison.${change}`)]);
  rows.push([text('seal.hash'), report.seal?.sha256 ?? '']);
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A cell that a spreadsheet would take for a formula is made text. */
const cell = (value: string | number | null) =>
  csvField(typeof value === 'string' ? withoutFormula(value) : value);
