// Comma-separated values as in RFC 4180: quoted fields, doubled quotes, line breaks within quotes. Reading is for small files,
// whole in memory. Pure.

export interface CsvRecord {
  /** where it begins, from 1 */
  line: number;
  fields: string[];
}

/** A line without any field is no record. */
export function csvRecords(text: string, delimiter = ','): CsvRecord[] {
  const result: CsvRecord[] = [];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let line = 1;
  let begun = 1;
  const endField = () => {
    fields.push(field);
    field = '';
  };
  const endRecord = () => {
    endField();
    if (fields.some((each) => each !== '')) result.push({ line: begun, fields });
    fields = [];
  };
  const plain = text.replace(/^\uFEFF/, '');
  for (let i = 0; i < plain.length; i++) {
    const character = plain[i]!;
    if (character === '\n') line += 1;
    if (quoted) {
      if (character !== '"') field += character;
      else if (plain[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === delimiter) endField();
    else if (character === '\n') {
      endRecord();
      begun = line;
    } else if (character !== '\r') field += character;
  }
  endRecord();
  return result;
}

/** One field: quoted where it has to be. */
export function csvField(value: string | number | boolean | null | undefined): string {
  const text = value === undefined || value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Text that no spreadsheet takes for a formula: an apostrophe goes before what begins like one, whatever apostrophes are there
 * already, so that taking one away again gives what it was.
 * Source of the signs: OWASP, "CSV Injection" (also in the full width of East Asian fonts).
 */
export function withoutFormula(text: string): string {
  return /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;
}
