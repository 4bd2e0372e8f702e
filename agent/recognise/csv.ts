// A table of comma-separated values by the names of its columns.

import { csvRecords } from '../shared/csv.ts';

/** Rows by column name; missing fields are empty. A line without any field is no row. */
export function parseCsv(text: string): Record<string, string>[] {
  const [head, ...rows] = csvRecords(text);
  if (!head) return [];
  const names = head.fields.map((name) => name.trim());
  return rows.map(({ fields }) => Object.fromEntries(names.map((name, i) => [name, fields[i] ?? ''])));
}
