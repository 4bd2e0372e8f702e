// Hikvision's ANPR event: the XML that its cameras send (ISAPI, EventNotificationAlert with eventType ANPR).
// Source: "Intelligent Security API (ANPR) Developer Guide", XML_EventNotificationAlert_ANPR, version 2.0, namespace
// http://www.isapi.org/ver20/XMLSchema; elements stand in its order. It has no words for most of what a hit is.

import type { HitRead } from '../../../agent/contract/index.ts';
import { escapedXml } from '../../../agent/shared/xml.ts';
import { hikvisionCountryOf, isoCountryOf } from './countries.ts';
import { type AdapterOptions, type Observation, type PictureKind, pictureUrlOf } from './observation.ts';

/** Undefined: the element is left out. */
type Content = string | number | undefined | readonly Node[];
type Node = readonly [name: string, content: Content];

const NAMESPACE = 'http://www.isapi.org/ver20/XMLSchema';
/** An observation does not know its box's address, and the element is required. */
const NO_ADDRESS = '0.0.0.0';

const DIRECTIONS: Partial<Record<HitRead['passage']['direction'], string>> = {
  approaching: 'forward',
  receding: 'reverse',
};

/** What becomes of a hit, in the only two words there are; undefined: not told. */
const EVENT_STATES: Partial<Record<NonNullable<Observation['hit']>['event'], 'active' | 'inactive'>> = {
  raised: 'active',
  reminded: 'active',
  withdrawn: 'inactive',
  rejected: 'inactive',
};

/** ISAPI's names of pictures, and of the parts of a request that hold them. */
export const PICTURE_NAMES: Record<PictureKind, string> = {
  plate: 'licensePlatePicture',
  overview: 'detectionPicture',
};

/**
 * One document on one line; undefined: nothing that this format could say (hits that are acknowledged, upheld, confirmed or closed,
 * and those that say nothing of their read).
 */
export function toHikvision(observation: Observation, options: AdapterOptions = {}): string | undefined {
  const { read, hit } = observation;
  const eventState = hit ? EVENT_STATES[hit.event] : 'active';
  if (!read || !eventState) return undefined;
  const content = alertOf(observation, read, eventState, options).map(xmlOf).join('');
  const head = '<?xml version="1.0" encoding="UTF-8"?>';
  return `${head}<EventNotificationAlert version="2.0" xmlns="${NAMESPACE}">${content}</EventNotificationAlert>`;
}

function alertOf(
  observation: Observation,
  read: HitRead,
  eventState: string,
  options: AdapterOptions,
): Node[] {
  const { site, box, camera, lane, readId, hit } = observation;
  const pictures = picturesOf(observation, read, options);
  const again = lane === 'backlog' || (hit?.reminders ?? 0) > 0;
  return [
    ['ipAddress', NO_ADDRESS],
    ['protocol', 'HTTP'],
    ['channelID', 1],
    ['dateTime', read.capturedAt.replace(/Z$/, '+00:00')],
    ['activePostCount', 1 + (hit?.reminders ?? 0)],
    ['eventType', 'ANPR'],
    ['eventState', eventState],
    ['eventDescription', 'ANPR'],
    ['channelName', camera],
    ['deviceID', `${site}/${box}/${camera}`],
    ['ANPR', anprOf(observation, read, pictures)],
    ['UUID', readId],
    ['picNum', pictures.length],
    ['monitoringSiteID', site],
    ['isDataRetransmission', String(again)],
    ['DeviceGPSInfo', read.position ? gpsOf(read.position) : undefined],
  ];
}

function anprOf({ lane, hit }: Observation, { plate, passage }: HitRead, pictures: Node[]): Node[] {
  const country = hikvisionCountryOf(plate.country);
  const list = hit?.match?.list;
  return [
    ['country', country],
    ['licensePlate', plate.text],
    ['line', laneNumber(passage.lane)],
    ['direction', DIRECTIONS[passage.direction] ?? 'unknown'],
    ['confidenceLevel', percent(plate.confidence)],
    ['plateType', 'unknown'],
    ['plateColor', 'unknown'],
    ['plateCharBelieve', characterPercents(plate).join(',')],
    ['vehicleType', 'unknown'],
    ['alarmDataType', lane === 'backlog' ? 1 : 0],
    ['pictureInfoList', pictures],
    ['listType', list && (list.kind === 'alert-if-listed' ? 'black' : 'temporary')],
    ['originalLicensePlate', plate.text],
    ['CRIndex', country],
    ['vehicleListName', list?.id],
    ['ISO-CR', isoCountryOf(plate.country)],
  ];
}

/** A picture is named where it comes along, or where it is known under which address it lies. */
function picturesOf(observation: Observation, read: HitRead, options: AdapterOptions): Node[] {
  const attached = (kind: PictureKind) => options.attached?.includes(kind) ?? false;
  return read.evidence.flatMap((picture): Node[] => {
    const { kind } = picture;
    const url = attached(kind) ? undefined : pictureUrlOf(observation, picture, options);
    if (!url && !attached(kind)) return [];
    return [
      [
        'pictureInfo',
        [
          ['fileName', `${PICTURE_NAMES[kind]}.jpg`],
          ['type', PICTURE_NAMES[kind]],
          ['dataType', url ? 1 : 0],
          ['absTime', read.capturedAt.replaceAll(/\D/g, '')],
          ['plateRect', kind === 'overview' ? rectangleOf(read.picture) : undefined],
          ['pictureURL', url],
        ],
      ],
    ];
  });
}

/** The upright rectangle around the corners, in thousandths of the picture. */
function rectangleOf({ corners, widthPx, heightPx }: HitRead['picture']): Node[] {
  const thousandths = (at: number, of: number) => Math.min(1000, Math.max(0, Math.round((at / of) * 1000)));
  const xs = corners.map(([x]) => thousandths(x, widthPx));
  const ys = corners.map(([, y]) => thousandths(y, heightPx));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [
    ['X', left],
    ['Y', top],
    ['width', Math.max(...xs) - left],
    ['height', Math.max(...ys) - top],
  ];
}

function gpsOf({ latitude, longitude }: NonNullable<HitRead['position']>): Node[] {
  return [
    ['longitudeType', longitude < 0 ? 'W' : 'E'],
    ['latitudeType', latitude < 0 ? 'S' : 'N'],
    ['Longitude', sexagesimal(longitude)],
    ['Latitude', sexagesimal(latitude)],
  ];
}

/** Degrees, minutes, and seconds to the millionth. */
function sexagesimal(degrees: number): Node[] {
  const millionths = Math.round(Math.abs(degrees) * 3600e6);
  return [
    ['degree', Math.floor(millionths / 3600e6)],
    ['minute', Math.floor((millionths % 3600e6) / 60e6)],
    ['sec', ((millionths % 60e6) / 1e6).toFixed(6)],
  ];
}

/** ISAPI wants a number; 0 stands for no lane, and for one whose name has none. */
const laneNumber = (lane: string | null): number => Number(/\d{1,3}/.exec(lane ?? '')?.[0] ?? 0);

/** Never 100 for what is not certain. */
const percent = (probability: number) => Math.floor(probability * 100);

/** Of each character of the text: how sure the reader is of it. */
function characterPercents({ text, characters }: HitRead['plate']): number[] {
  return characters.map((choices, at) =>
    percent(choices.find(({ character }) => character === text[at])?.probability ?? 0),
  );
}

function xmlOf([name, content]: Node): string {
  if (content === undefined) return '';
  const inside = typeof content === 'object' ? content.map(xmlOf).join('') : escapedXml(String(content));
  return `<${name}>${inside}</${name}>`;
}
