// Comma-separated values as in RFC 4180: quoted fields, doubled quotes, line breaks within quotes. For small files, whole in
// memory. Pure.

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
