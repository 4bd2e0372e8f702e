// A passage's result as what goes over the wire and into the journal.

import type { CameraRead } from '../camera/index.ts';
import type { Config } from '../config/index.ts';
import type { ReadPayload } from '../contract/index.ts';
import { clockState } from '../health/facts.ts';
import type { NewRecord } from '../journal/index.ts';
import { readPayload } from '../passage/index.ts';
import { version } from './version.ts';

/** @param evidence pictures that are kept already */
export async function payloadOf(
  { result, software }: Pick<CameraRead, 'result' | 'software'>,
  evidence: CameraRead['evidence'],
  camera: Config['cameras'][number],
  config: Config,
): Promise<ReadPayload> {
  return readPayload(result, {
    site: config.site,
    box: config.box,
    camera: camera.id,
    position: config.position ?? null,
    headingDegrees: camera.headingDegrees ?? null,
    clock: await clockState(),
    evidence,
    overview: camera.overview,
    software: { agent: version, ...software },
  });
}

export function recordOf({ result, evidence }: CameraRead, payload: ReadPayload): NewRecord {
  const { id, text, confidence } = result;
  const at = result.best.capturedAt;
  const pictures = evidence.map(({ kind, sizeBytes, sha256 }) => ({ kind, at, sizeBytes, sha256 }));
  return {
    id,
    type: 'read',
    at,
    camera: payload.camera,
    text,
    confidence,
    payload: { ...payload },
    pictures,
  };
}
