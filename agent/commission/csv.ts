// The report's numbers as CSV, for spreadsheets, issue trackers and wikis: one line for each, in the language's words, with
// points in numbers whatever the language.

import { csvField, withoutFormula } from '../shared/csv.ts';
import { comparisonName } from './page-facts.ts';
import { knowsMissed, type Report } from './report-schema.ts';
import { type Language, languages, textsOf, wordsIn } from './words.ts';

const COLUMNS = ['item', 'value', 'limit', 'verdict', 'n', 'low', 'high', 'before'];

const line = (row: readonly (string | number | null)[]) => `${row.map(cell).join(',')}\r\n`;

/** Whether a text begins as a report's table does, in any language. */
export function isReportTable(text: string): boolean {
  const [first] = text.split(/\r?\n/, 1);
  return languages.some((language) => {
    const texts = textsOf(language);
    return line(COLUMNS.map((name) => texts.get(`csv.${name}`) ?? '')).trimEnd() === first;
  });
}

export function csvOf(report: Report, language: Language): string {
  const words = wordsIn(language, report.timeZone);
  const { text, ms } = words;
  const rows: (string | number | null)[][] = [
    COLUMNS.map((name) => text(`csv.${name}`)),
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
  for (const name of ['reads', 'captured', 'missed'] as const)
    rows.push([
      `${text('passages.heading')}: ${text(`passages.${name}`)}`,
      name !== 'missed' || knowsMissed(report.passages) ? report.passages[name] : null,
    ]);
  for (const { name, value, limit, good } of report.aim) {
    const verdict = text(`aim.${good === null ? 'unknown' : good ? 'good' : 'bad'}`);
    rows.push([text(`aim.${name}`), value, limit, limit === null ? null : verdict]);
  }
  const then = report.comparison?.rows ?? [];
  for (const { name, before, now, change } of then)
    rows.push([
      ...[`Δ ${comparisonName(name, words)}`, now, null, text(`comparison.${change}`)],
      ...[null, null, null, before],
    ]);
  rows.push([text('seal.hash'), report.seal?.sha256 ?? '']);
  return rows.map(line).join('');
}

/** A cell that a spreadsheet would take for a formula is made text. */
const cell = (value: string | number | null) =>
  csvField(typeof value === 'string' ? withoutFormula(value) : value);
