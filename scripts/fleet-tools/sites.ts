// The table of a roll-out: a row for each box, or for each camera of a box. Every mistake is told with its line, all at once.
// Pure.

import { type CsvRecord, csvRecords } from '../../agent/shared/csv.ts';

export const COLUMNS = [
  'site',
  'box',
  'latitude',
  'longitude',
  'camera',
  'url',
  'username',
  'password',
  'heading',
  'key',
] as const;
type Column = (typeof COLUMNS)[number];
type Row = Partial<Record<Column, string>>;

export interface PlannedCamera {
  id: string;
  url: string;
  username?: string;
  password?: string;
  headingDegrees?: number;
}

export interface PlannedBox {
  site: string;
  box: string;
  /** of its first row */
  line: number;
  position?: { latitude: number; longitude: number };
  cameras: PlannedCamera[];
  /** what anpr restore --show-key said on the box; without it the bundle is locked with the passphrase */
  key?: string;
}

export interface Problem {
  line: number;
  message: string;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Comma or semicolon, by its first line. */
export function plannedBoxes(text: string): { boxes: PlannedBox[]; problems: Problem[] } {
  const firstLine = text.slice(0, Math.max(0, text.indexOf('\n')) || text.length);
  const delimiter = firstLine.split(';').length > firstLine.split(',').length ? ';' : ',';
  const [head, ...records] = csvRecords(text, delimiter);
  const problems: Problem[] = [];
  const columns = (head?.fields ?? []).map((name) => name.trim());
  for (const name of columns)
    if (!(COLUMNS as readonly string[]).includes(name))
      problems.push({
        line: head?.line ?? 1,
        message: `unknown column "${name}"; wanted ${COLUMNS.join(', ')}`,
      });
  for (const name of ['site', 'box'])
    if (!columns.includes(name)) problems.push({ line: 1, message: `the column "${name}" is missing` });
  if (problems.length > 0) return { boxes: [], problems };

  const boxes = new Map<string, PlannedBox>();
  for (const record of records) {
    const found = rowOf(record, columns);
    if ('problem' in found) problems.push({ line: record.line, message: found.problem });
    else addRow(boxes, found.row, record.line, (message) => problems.push({ line: record.line, message }));
  }
  if (records.length === 0) problems.push({ line: 1, message: 'there is no row' });
  return { boxes: [...boxes.values()], problems };
}

function rowOf({ fields }: CsvRecord, columns: readonly string[]): { row: Row } | { problem: string } {
  if (fields.length !== columns.length)
    return { problem: `wanted ${columns.length} fields, found ${fields.length}` };
  // A password may begin or end with a space; nothing else may.
  const value = (name: string, field: string) => (name === 'password' ? field : field.trim());
  const pairs = columns.map((name, index) => [name, value(name, fields[index] ?? '')] as const);
  return { row: Object.fromEntries(pairs.filter(([, field]) => field !== '')) as Row };
}

function addRow(
  boxes: Map<string, PlannedBox>,
  row: Row,
  line: number,
  object: (message: string) => void,
): void {
  const { site = '', box = '' } = row;
  for (const [name, id] of [
    ['site', site],
    ['box', box],
  ] as const)
    if (!ID.test(id)) {
      object(`${name}: wanted 1 to 64 letters, digits, "_" and "-", found ${JSON.stringify(id)}`);
      return;
    }
  const name = `${site}/${box}`;
  const planned = boxes.get(name) ?? { site, box, line, cameras: [] };
  boxes.set(name, planned);
  const said = detailsOf(row, object);
  for (const key of ['position', 'key'] as const) {
    if (said[key] === undefined) continue;
    if (planned[key] !== undefined && JSON.stringify(planned[key]) !== JSON.stringify(said[key]))
      object(`${name} has another ${key} in line ${planned.line}`);
    Object.assign(planned, { [key]: said[key] });
  }
  if (row.camera === undefined) {
    for (const key of ['url', 'username', 'password', 'heading'] as const)
      if (row[key] !== undefined) object(`${key}: needs the name of a camera in "camera"`);
    return;
  }
  const camera = cameraOf(row, row.camera, object);
  if (!camera) return;
  if (planned.cameras.some(({ id }) => id === camera.id))
    object(`${name} has a camera "${camera.id}" already`);
  else planned.cameras.push(camera);
}

function detailsOf(row: Row, object: (message: string) => void): Pick<PlannedBox, 'position' | 'key'> {
  const position = positionOf(row, object);
  const key = row.key;
  if (key !== undefined && !/^[A-Za-z0-9+/]{43}=$/.test(key))
    object('key: wanted what anpr restore --show-key prints on the box (44 characters)');
  return { ...(position && { position }), ...(key !== undefined && { key }) };
}

function positionOf({ latitude, longitude }: Row, object: (message: string) => void) {
  if (latitude === undefined && longitude === undefined) return undefined;
  const position = { latitude: Number(latitude ?? Number.NaN), longitude: Number(longitude ?? Number.NaN) };
  if (Math.abs(position.latitude) <= 90 && Math.abs(position.longitude) <= 180) return position;
  object(
    `wanted latitude and longitude in degrees, with a decimal point, found "${latitude ?? ''}" and "${longitude ?? ''}"`,
  );
  return undefined;
}

function cameraOf(row: Row, id: string, object: (message: string) => void): PlannedCamera | undefined {
  const { url, username, password, heading } = row;
  if (!ID.test(id)) object(`camera: wanted letters, digits, "_" and "-", found ${JSON.stringify(id)}`);
  if (url === undefined) object(`url: the camera "${id}" has none`);
  else if (!/^rtsps?:\/\//.test(url)) object('url: wanted an address that begins with rtsp:// or rtsps://');
  if (password !== undefined && username === undefined) object('password: needs a username');
  const headingDegrees = heading === undefined ? undefined : Number(heading);
  if (headingDegrees !== undefined && !(headingDegrees >= 0 && headingDegrees <= 360))
    object('heading: wanted degrees from 0 to 360');
  if (url === undefined || !ID.test(id)) return undefined;
  return {
    ...{ id, url },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(headingDegrees !== undefined && { headingDegrees }),
  };
}
