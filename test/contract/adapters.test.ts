// What other platforms read out of what boxes say, held against what their owners publish of the formats. The facts stand here
// as facts; the sources are named in the adapters.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ReadMessage } from '../../agent/contract/index.ts';
import { csvRecords } from '../../agent/shared/csv.ts';
import { escapedXml, find, findAll, parseXml } from '../../agent/shared/xml.ts';
import { hikvisionCountryOf } from '../../config/contract/adapters/countries.ts';
import {
  createHitMemory,
  csvHead,
  isoCountryOf,
  normalised,
  observationOf,
  simplified,
  toAnprFlowObserved,
  toCsv,
  toHikvision,
} from '../../config/contract/adapters/index.ts';
import { hitOf, ofCentre, readWith } from './observed.ts';

const { raised, then } = hitOf(readWith());
const passage = readWith().passage;
const bare: Partial<ReadMessage> = {
  position: null,
  headingDegrees: null,
  evidence: [],
  passage: { ...passage, direction: 'unknown', lane: null },
};

test('every country that a read may name has its code and its number', async (t) => {
  const plates = new URL('../../config/plates/', import.meta.url);
  for (const file of readdirSync(plates)) {
    const { country } = parse(readFileSync(new URL(file, plates), 'utf8')) as { country: string };
    if (country === 'unknown') continue; // the rest of the world: no country
    t.match(isoCountryOf(country), /^[A-Z]{2}$/, `${country}: ISO 3166-1`);
    t.ok(hikvisionCountryOf(country) > 0, `${country}: ISAPI`);
  }
  // As in the events of cameras in Poland, Belgium and Türkiye.
  t.same(['PL', 'B', 'TR'].map(hikvisionCountryOf), [7, 13, 46]);
  t.same(['D', 'GB', 'UK', 'GR', 'unknown', 'QQQ'].map(isoCountryOf), [
    'DE',
    'GB',
    'GB',
    'GR',
    undefined,
    undefined,
  ]);
  t.same(
    ['unknown', 'QQQ'].map(hikvisionCountryOf),
    [254, 0],
    'not recognised; none that it has a number for',
  );
});

// AnprFlowObserved 0.0.3: keys and values, what is required, the enumerations and bounds.
const confidence = z.number().min(0).max(1);
const publishedModel = z.object({
  '@context': z.array(z.url()).min(1),
  id: z
    .string()
    .regex(/^[\w\-.{}$+*[\]`|~^@!,:\\]+$/)
    .max(256),
  type: z.literal('AnprFlowObserved'),
  dateObserved: z.iso.datetime(),
  location: z.object({ type: z.literal('Point'), coordinates: z.tuple([z.number(), z.number()]) }),
  observedBy: z.string().optional(),
  dataProvider: z.string().optional(),
  laneId: z.string().optional(),
  vehiclePlateNotRead: z.boolean().optional(),
  observedVehicle: z.strictObject({
    direction: z.enum(['away', 'towards']).optional(),
    country: z.strictObject({ code: z.string().length(2), confidence }).optional(),
    licensePlate: z.strictObject({ identifier: z.string(), confidence }),
  }),
  refImages: z.array(
    z.strictObject({
      url: z.url(),
      contentType: z.string(),
      imageType: z.enum(['plate', 'overview', 'anpr']),
    }),
  ),
});

test('FIWARE: a read is an AnprFlowObserved', async (t) => {
  const read = readWith();
  const entity = simplified(toAnprFlowObserved(observationOf(read)));
  t.same(publishedModel.strict().safeParse(entity).error, undefined);
  t.match(entity, {
    id: `urn:ngsi-ld:AnprFlowObserved:${read.id}`,
    dateObserved: '2026-11-22T13:07:56.123Z',
    location: { coordinates: [4.4, 51.2] },
    observedBy: 'urn:ngsi-ld:Camera:e19:north:north',
    observedVehicle: {
      direction: 'towards',
      country: { code: 'BE', confidence: 0.9 },
      licensePlate: { identifier: '1ABC234', confidence: 0.97 },
    },
    refImages: [
      { url: `ni:///sha-256;${'q'.repeat(42)}o`, imageType: 'plate', contentType: 'image/jpeg' },
      { imageType: 'overview' },
    ],
  });
  t.notOk('laneId' in entity, 'no lane, no attribute');
  const pictureUrl = 'https://store.example/{site}/{box}/{readId}/{kind}?h={sha256}&{other}';
  t.match(simplified(toAnprFlowObserved(observationOf(read), { pictureUrl })).refImages, [
    { url: `https://store.example/e19/north/${read.id}/plate?h=${'a'.repeat(64)}&{other}` },
    {},
  ]);
});

test('FIWARE: what is not known is left out, never null; without a place there is no entity', async (t) => {
  const read = readWith({ country: 'unknown' }, { ...bare, position: { latitude: 0, longitude: 0 } });
  const entity = simplified(toAnprFlowObserved(observationOf(read)));
  t.same(publishedModel.strict().safeParse(entity).error, undefined);
  t.same(entity.observedVehicle, { licensePlate: { identifier: '1ABC234', confidence: 0.97 } });
  t.throws(() => toAnprFlowObserved(observationOf(readWith({}, bare))), { code: 'adapter.position' });
});

test('FIWARE: the normalised form, as a context broker takes it', async (t) => {
  const entity = normalised(toAnprFlowObserved(observationOf(raised)));
  const attributes = Object.entries(entity).filter(([name]) => !['id', 'type', '@context'].includes(name));
  for (const [name, attribute] of attributes)
    t.match(attribute, { type: /^(Property|GeoProperty|Relationship)$/ }, name);
  t.match(entity, {
    dateObserved: { type: 'Property', value: { '@type': 'DateTime', '@value': '2026-11-22T13:07:56.123Z' } },
    location: { type: 'GeoProperty', value: { type: 'Point' } },
    observedBy: { type: 'Relationship', object: 'urn:ngsi-ld:Camera:e19:north:north' },
    watchlistHit: {
      datasetId: `urn:uuid:${raised.id}`,
      observedAt: raised.at,
      value: { event: 'raised', list: 'stolen', reference: 'case-7', probability: 0.98 },
    },
  });
  t.notMatch(JSON.stringify(entity), /null/);
  t.equal(entity.id, `urn:ngsi-ld:AnprFlowObserved:${raised.hit.readId}`, 'the entity of its read');
});

test('FIWARE: each later record of a hit takes the place of its own instance, with or without the read', async (t) => {
  const withdrawn = then({ event: 'withdrawn', state: 'withdrawn' });
  const alone = normalised(toAnprFlowObserved(observationOf(withdrawn)));
  t.same(Object.keys(alone), ['id', 'type', 'watchlistHit', '@context'], 'a part, for an update');
  t.match(alone.watchlistHit, { datasetId: `urn:uuid:${raised.id}`, value: { state: 'withdrawn' } });
  const memory = createHitMemory();
  memory.complete(raised);
  t.match(normalised(toAnprFlowObserved(observationOf(memory.complete(withdrawn)))), {
    location: {},
    watchlistHit: { value: { state: 'withdrawn', list: 'stolen' } },
  });
});

const xml = (...given: Parameters<typeof toHikvision>) => toHikvision(...given) ?? '';
const texts = (text: string, ...names: string[]) =>
  names.map((name) => findAll(parseXml(text), name).map((element) => element.text)[0]);

// ISAPI's order, of the elements that are used here, and which of them it requires.
const ALERT = [
  'ipAddress',
  'protocol',
  'channelID',
  'dateTime',
  'activePostCount',
  'eventType',
  'eventState',
].concat(
  ['eventDescription', 'channelName', 'deviceID', 'ANPR', 'UUID', 'picNum', 'monitoringSiteID'],
  ['isDataRetransmission', 'DeviceGPSInfo'],
);
const ANPR = [
  'country',
  'licensePlate',
  'line',
  'direction',
  'confidenceLevel',
  'plateType',
  'plateColor',
].concat(
  ['plateCharBelieve', 'vehicleType', 'alarmDataType', 'pictureInfoList', 'listType', 'originalLicensePlate'],
  ['CRIndex', 'vehicleListName', 'ISO-CR'],
);
const PICTURE = ['fileName', 'type', 'dataType', 'absTime', 'plateRect', 'pictureURL'];
const REQUIRED = ['ipAddress', 'protocol', 'dateTime', 'eventType', 'eventState', 'eventDescription'].concat([
  'licensePlate',
  'line',
  'confidenceLevel',
  'vehicleType',
  'pictureInfoList',
]);

test('Hikvision: an ANPR event with everything ISAPI requires, in its order', async (t) => {
  const pictureUrl = 'https://store.example/{kind}?a=1&b={sha256}';
  const full = xml(observationOf(raised), { pictureUrl });
  const least = xml(observationOf(readWith({ country: 'unknown', alternatives: [] }, bare)));
  for (const [what, text] of [['full', full] as const, ['least', least] as const]) {
    const root = parseXml(text);
    t.match(root, { name: 'EventNotificationAlert', attributes: { version: '2.0' } });
    t.match(root?.attributes.xmlns, 'http://www.isapi.org/ver20/XMLSchema');
    for (const name of REQUIRED) t.ok(find(root, name), `${what}: ${name}`);
    for (const [parent, order] of [
      ['EventNotificationAlert', ALERT] as const,
      ['ANPR', ANPR] as const,
      ['pictureInfo', PICTURE] as const,
    ])
      for (const { children } of findAll(root, parent)) {
        const names = children.map(({ name }) => name);
        t.same(
          names,
          order.filter((name) => names.includes(name)),
          `${what}: ${parent} in order`,
        );
      }
  }
  t.same(texts(full, 'eventType', 'dateTime', 'licensePlate', 'country', 'CRIndex', 'ISO-CR', 'direction'), [
    'ANPR',
    '2026-11-22T13:07:56.123+00:00',
    '1ABC234',
    '13',
    '13',
    'BE',
    'forward',
  ]);
  t.same(
    texts(full, 'confidenceLevel', 'plateCharBelieve', 'listType', 'vehicleListName', 'UUID', 'picNum'),
    ['97', '98', 'black', 'stolen', raised.hit.readId, '2'],
  );
  t.same(texts(full, 'pictureURL', 'dataType', 'absTime'), [
    `https://store.example/plate?a=1&b=${'a'.repeat(64)}`,
    '1',
    '20261122130756123',
  ]);
  t.same(texts(full, 'X', 'Y', 'width', 'height'), ['468', '556', '105', '46'], 'thousandths of the picture');
  t.same(texts(full, 'longitudeType', 'latitudeType', 'degree', 'minute', 'sec'), [
    'E',
    'N',
    '4',
    '24',
    '0.000000',
  ]);
  t.same(texts(least, 'country', 'direction', 'line', 'picNum', 'ISO-CR', 'listType'), [
    ...['254', 'unknown', '0', '0', undefined, undefined],
  ]);
});

test('Hikvision: numbers at their edges', async (t) => {
  const of = (position: ReadMessage['position'], lane: string | null, sure: number) =>
    texts(
      xml(
        observationOf(
          readWith({ confidence: sure }, { position, passage: { ...passage, lane }, lane: 'backlog' }),
        ),
      ),
      ...['longitudeType', 'latitudeType', 'degree', 'minute', 'sec', 'line', 'confidenceLevel'],
      ...['isDataRetransmission', 'alarmDataType'],
    );
  t.same(of({ latitude: -33.5, longitude: -0.9999999999 }, 'lane-2', 0.9999), [
    ...['W', 'S', '1', '0', '0.000000', '2', '99', 'true', '1'],
  ]);
  t.same(of({ latitude: 50, longitude: 5.7578 }, 'left', 1), [
    'E',
    'N',
    '5',
    '45',
    '28.080000',
    '0',
    '100',
    'true',
    '1',
  ]);
});

test('Hikvision: of a hit only that it is there, or not any more', async (t) => {
  const memory = createHitMemory();
  memory.complete(raised);
  const told = (hit: Parameters<typeof then>[0]) => toHikvision(observationOf(memory.complete(then(hit))));
  t.same(texts(told({ event: 'withdrawn', state: 'withdrawn' }) ?? '', 'eventState', 'licensePlate'), [
    'inactive',
    '1ABC234',
  ]);
  t.same(texts(told({ event: 'rejected', state: 'rejected' }) ?? '', 'eventState'), ['inactive']);
  t.same(
    texts(
      told({ event: 'reminded', reminders: 2 }) ?? '',
      'eventState',
      'activePostCount',
      'isDataRetransmission',
    ),
    ['active', '3', 'true'],
  );
  for (const event of ['upheld', 'acknowledged', 'confirmed', 'closed'] as const)
    t.equal(told({ event }), undefined, event);
  t.equal(
    toHikvision(observationOf(then({ event: 'withdrawn' }))),
    undefined,
    'of a hit that nobody remembers',
  );
  const absent = structuredClone(raised);
  if (absent.match) absent.match.list.kind = 'alert-if-absent';
  t.same(texts(xml(observationOf(absent)), 'listType'), ['temporary'], 'on no list');
});

const HOSTILE = ']]>&<a href="x">\u0000\u0008\uD800 \u{1F697} Ä';

test('XML holds whatever text there is', async (t) => {
  t.equal(escapedXml(HOSTILE), ']]&gt;&amp;&lt;a href=&quot;x&quot;&gt;\uFFFD\uFFFD\uFFFD \u{1F697} Ä');
  const event = xml(observationOf(raised), { pictureUrl: `https://x/?${HOSTILE}` });
  t.match(texts(event, 'pictureURL')[0], 'https://x/?]]>&<a href="x">');
  t.notMatch(event, /\n/, 'one document, one line');
});

const noPython =
  spawnSync('python3', ['-c', 'import xml.etree.ElementTree']).status === 0 ? false : 'needs python3';

test('a full XML parser takes it', { skip: noPython }, async (t) => {
  const event = xml(observationOf(raised), { pictureUrl: `https://x/?${HOSTILE}` });
  const program =
    'import sys, xml.etree.ElementTree as E; r = E.fromstring(sys.stdin.buffer.read()); ' +
    'n = "{http://www.isapi.org/ver20/XMLSchema}"; print(r.tag == n + "EventNotificationAlert", r.find(n + "ANPR/" + n + "licensePlate").text)';
  const { stdout, stderr } = spawnSync('python3', ['-c', program], { input: event, encoding: 'utf8' });
  t.equal(stdout.trim(), 'True 1ABC234', stderr);
});

test('CSV: one line each, every column there, whatever the text', async (t) => {
  const hostile = structuredClone(raised);
  Object.assign(hostile.match ?? {}, {
    reason: '=cmd|"/c calc"!A1',
    instruction: 'stop,\r\n"now"',
    source: "'@x",
  });
  const read = readWith({ uncertain: true }, { position: { latitude: -1.5, longitude: -0.25 } });
  const early = then({ event: 'acknowledged', state: 'acknowledged', by: { via: 'gateway', name: '-7' } });
  const text = csvHead() + [read, hostile, early].map((message) => toCsv(observationOf(message))).join('');
  t.equal(text.replaceAll(/"[^"]*"/g, '').split('\r\n').length, 5, 'lines end with CR LF');
  const [head, ...rows] = csvRecords(text);
  const columns = head?.fields ?? [];
  for (const { fields } of rows) t.equal(fields.length, columns.length);
  const [ofRead, ofHit, later] = rows.map(({ fields }) =>
    Object.fromEntries(columns.map((name, at) => [name, fields[at]])),
  );
  t.match(ofRead, {
    ...{ record: 'read', plate: '1ABC234', country: 'B', country_iso: 'BE', uncertain: 'true', hit_id: '' },
    ...{ latitude: '-1.5', longitude: '-0.25', alternatives: 'IABC234', read_id: read.id, lane: '' },
  });
  t.match(ofHit, {
    ...{ record: 'hit', hit_event: 'raised', list: 'stolen', reason: '\'=cmd|"/c calc"!A1', source: "''@x" },
    ...{ plate: '1ABC234', priority: '2', probability: '0.98' },
  });
  t.match(later, {
    hit_event: 'acknowledged',
    plate: '',
    list: '',
    decided_by: "'-7",
    read_id: raised.hit.readId,
  });
});

test('CSV: the page names the columns, in their order', async (t) => {
  const page = readFileSync(new URL('../../docs/adapters.md', import.meta.url), 'utf8');
  const [, columns = ''] = /only added, at the end:\n\n([\s\S]*?)\n\n/.exec(page) ?? [];
  t.same([...columns.matchAll(/`(\w+)`/g)].map(([, name]) => name).join(','), csvHead().trimEnd());
});

test('a hit of the centre goes the same way as one of a box, and says where it is from', async (t) => {
  const central = observationOf(ofCentre(raised));
  const [ofBox, ofIt] = [observationOf(raised), central].map((observation) =>
    simplified(toAnprFlowObserved(observation)),
  );
  t.same(publishedModel.safeParse(ofIt).error, undefined);
  const { watchlistHit: one, ...vehicle } = ofBox as Record<string, object>;
  const { watchlistHit: other, ...sameVehicle } = ofIt as Record<string, object>;
  t.same(sameVehicle, vehicle, 'the same entity');
  t.match(one, { origin: 'edge', decidedVia: 'agent' });
  t.match(other, {
    origin: 'centre',
    decidedVia: 'generator',
    event: 'raised',
    list: 'stolen',
    reason: 'stolen',
  });
  t.same(Object.keys(other ?? {}), Object.keys(one ?? {}), 'nothing is missing in either');

  const withoutIds = (text: string) => text.replaceAll(raised.hit.id, '').replaceAll(central.id, '');
  t.equal(
    withoutIds(xml(central)),
    withoutIds(xml(observationOf(raised))),
    'ISAPI has no word for the difference',
  );

  const [head, ...rows] = csvRecords(csvHead() + toCsv(observationOf(raised)) + toCsv(central));
  const [box, centre] = rows.map(({ fields }) =>
    Object.fromEntries((head?.fields ?? []).map((name, at) => [name, fields[at]])),
  );
  const own = { id: central.id, hit_id: central.id, decided_via: 'generator', epoch: '', seq: '' };
  t.same(centre, { ...box, ...own, hit_origin: 'centre' });
  t.equal(box?.hit_origin, 'edge');
});

test('no more hits are remembered than was said; the oldest go first', async (t) => {
  const memory = createHitMemory(2);
  const hits = [hitOf(readWith()), hitOf(readWith()), hitOf(readWith())] as const;
  for (const hit of hits) memory.complete(hit.raised);
  t.equal(memory.complete(hits[0].then({ event: 'closed' })).read, undefined);
  t.ok(memory.complete(hits[2].then({ event: 'closed' })).read);
});
