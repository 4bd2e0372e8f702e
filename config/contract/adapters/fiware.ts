// FIWARE: an NGSI-LD entity of the type AnprFlowObserved, in the normalised form that context brokers take (ETSI GS CIM 009).
// Source: smart-data-models/dataModel.Transportation on GitHub, AnprFlowObserved/schema.json, $schemaVersion 0.0.3, and its
// examples. It knows no watchlists: a hit is one attribute more, `watchlistHit`, with an instance for each hit of the vehicle.

import type { HitRead } from '../../../agent/contract/index.ts';
import { AnprError } from '../../../agent/shared/errors.ts';
import { isoCountryOf } from './countries.ts';
import { type AdapterOptions, type Observation, pictureUrlOf } from './observation.ts';

export const ANPR_CONTEXT = [
  'https://raw.githubusercontent.com/smart-data-models/dataModel.Transportation/master/context.jsonld',
];

export type Attribute =
  | { type: 'Property'; value: unknown; observedAt?: string; datasetId?: string }
  | { type: 'GeoProperty'; value: { type: 'Point'; coordinates: [longitude: number, latitude: number] } }
  | { type: 'Relationship'; object: string };

export interface AnprFlowObserved {
  id: string;
  type: 'AnprFlowObserved';
  attributes: Record<string, Attribute>;
}

/** `towards` and `away` are all that the model has: a vehicle that stands has no direction. */
const DIRECTIONS: Partial<Record<HitRead['passage']['direction'], string>> = {
  approaching: 'towards',
  receding: 'away',
};

/**
 * The entity of a read; the record of a hit gives the same entity, with `watchlistHit` in it. A record of a hit that says nothing
 * of its read gives that attribute alone: a part of an entity, for `entityOperations/upsert?options=update`.
 * @throws {AnprError} `adapter.position`: the model wants to know where
 */
export function toAnprFlowObserved(observation: Observation, options: AdapterOptions = {}) {
  const entity: AnprFlowObserved = {
    id: `urn:ngsi-ld:AnprFlowObserved:${observation.readId}`,
    type: 'AnprFlowObserved',
    attributes: {
      ...(observation.read && attributesOf(observation, observation.read, options)),
      ...(observation.hit && { watchlistHit: watchlistHit(observation.hit) }),
    },
  };
  return entity;
}

function attributesOf(
  observation: Observation,
  read: HitRead,
  options: AdapterOptions,
): Record<string, Attribute> {
  const { site, box, camera } = observation;
  const { position, plate, passage, capturedAt, evidence } = read;
  if (!position)
    throw new AnprError(
      'adapter.position',
      `${site}/${box}, camera ${camera}: AnprFlowObserved wants a location, and the read has no position`,
      'Give the camera a position in the configuration of the box (anpr config set), and see what it sends next.',
    );
  const country = isoCountryOf(plate.country);
  return {
    dateObserved: { type: 'Property', value: { '@type': 'DateTime', '@value': capturedAt } },
    location: {
      type: 'GeoProperty',
      value: { type: 'Point', coordinates: [position.longitude, position.latitude] },
    },
    observedBy: { type: 'Relationship', object: `urn:ngsi-ld:Camera:${site}:${box}:${camera}` },
    dataProvider: { type: 'Property', value: `${site}/${box}` },
    ...(passage.lane !== null && { laneId: { type: 'Property', value: passage.lane } }),
    vehiclePlateNotRead: { type: 'Property', value: false },
    observedVehicle: {
      type: 'Property',
      value: present({
        direction: DIRECTIONS[passage.direction],
        country: country && { code: country, confidence: plate.countryConfidence },
        licensePlate: { identifier: plate.text, confidence: plate.confidence },
      }),
      observedAt: capturedAt,
    },
    refImages: {
      type: 'Property',
      value: evidence.map((picture) => ({
        url: pictureUrlOf(observation, picture, options) ?? namedByHash(picture.sha256),
        contentType: picture.mediaType,
        imageType: picture.kind,
      })),
    },
  };
}

function watchlistHit({ match, ...hit }: NonNullable<Observation['hit']>): Attribute {
  const hitId = `urn:uuid:${hit.id}`;
  const { origin, event, state, basis, priority, raisedAt, cause, note, by } = hit;
  return {
    type: 'Property',
    datasetId: hitId,
    observedAt: hit.at,
    value: present({
      ...{ hitId, origin, event, state, basis, priority, raisedAt, cause, note },
      decidedVia: by.via,
      decidedBy: by.name,
      list: match?.list.id,
      listKind: match?.list.kind,
      listOverdue: match?.list.overdue,
      reference: match?.entry?.reference,
      listedPlate: match?.entry?.plate,
      listedCountry: match?.entry?.country,
      ...{ source: match?.source, reason: match?.reason, instruction: match?.instruction },
      probability: match?.probability,
    }),
  };
}

/** A URI that names what it is of by its SHA-256 (RFC 6920), where nobody said under which address it lies. */
const namedByHash = (sha256: string) => `ni:///sha-256;${Buffer.from(sha256, 'hex').toString('base64url')}`;

/** NGSI-LD has no null: what is not known is left out. */
function present(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** As a context broker takes it (application/ld+json). */
export function normalised({ attributes, ...head }: AnprFlowObserved): Record<string, unknown> {
  return { ...head, ...attributes, '@context': ANPR_CONTEXT };
}

/** Key and value alone, as `options=keyValues` has it and as the model's JSON Schema describes it. */
export function simplified({ attributes, ...head }: AnprFlowObserved): Record<string, unknown> {
  const values = Object.entries(attributes).map(([name, attribute]) => [name, plainValue(attribute)]);
  return { ...head, ...Object.fromEntries(values), '@context': ANPR_CONTEXT };
}

function plainValue(attribute: Attribute): unknown {
  if (attribute.type === 'Relationship') return attribute.object;
  const { value } = attribute;
  const isTime = typeof value === 'object' && value !== null && '@value' in value;
  return isTime ? value['@value'] : value;
}
