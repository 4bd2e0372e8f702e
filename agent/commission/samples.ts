// The pictures in a report. A plate is its owner's: unless whole plates are wanted, half of each is covered in the picture
// and in the text, which shows how sharp, large and well lit plates are, and whose they are to nobody.

import sharp from 'sharp';
import type { ApiClient } from '../api/index.ts';
import type { Box } from '../shared/geometry.ts';
import { isoOf } from '../shared/time.ts';
import type { ReportContent } from './report-schema.ts';
import { drawn } from './review-policy.ts';
import type { SessionState } from './session.ts';

const SHOWN_CHARACTERS = 3;
const QUALITY = 85;

/** `1AB····`: the first three characters, at most half of them. */
export function coveredText(text: string): string {
  const shown = Math.min(SHOWN_CHARACTERS, Math.floor(text.length / 2));
  return text.slice(0, shown) + '·'.repeat(text.length - shown);
}

/** of the plate's width, around it */
const MARGIN = 0.08;

/** The plate with a little around it, its right half painted over unless it may be seen. */
export async function samplePicture(
  jpeg: Uint8Array,
  patch: Box | null,
  plates: ReportContent['plates'],
): Promise<Buffer> {
  const whole = await sharp(jpeg).metadata();
  const [x, y, wide, high] = patch ?? [0, 0, whole.width, whole.height];
  const left = clamp(Math.floor(x - MARGIN * wide), whole.width - 1);
  const top = clamp(Math.floor(y - MARGIN * wide), whole.height - 1);
  const width = Math.max(2, clamp(Math.ceil(x + (1 + MARGIN) * wide), whole.width) - left);
  const height = Math.max(2, clamp(Math.ceil(y + high + MARGIN * wide), whole.height) - top);
  const picture = sharp(jpeg).extract({ left, top, width, height }).toColourspace('srgb');
  const half = Math.floor(width / 2);
  const cover = { create: { width: width - half, height, channels: 3 as const, background: '#7d8790' } };
  const shown = plates === 'shown' ? picture : picture.composite([{ input: cover, left: half, top: 0 }]);
  return await shown.jpeg({ quality: QUALITY }).toBuffer();
}

const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));

/** Reads by chance, the wrong ones among them first for a third of the places. */
export async function samplesOf(
  { reads, answers, id: seed }: SessionState,
  { count, plates, api }: { count: number; plates: ReportContent['plates']; api: Pick<ApiClient, 'picture'> },
): Promise<ReportContent['samples']> {
  const wrong = drawn(
    reads.filter(({ id }) => answers[id]?.kind === 'wrong'),
    Math.floor(count / 3),
    seed,
  );
  const others = drawn(
    reads.filter(({ id }) => answers[id]?.kind === 'right' || answers[id] === undefined),
    count - wrong.length,
    seed,
  );
  const chosen = [...wrong, ...others].sort((a, b) => a.capturedAt - b.capturedAt);
  const samples: ReportContent['samples'] = [];
  for (const { id, text, confidence, widthPx, capturedAt, patch } of chosen) {
    const jpeg = await api.picture(id, 'plate').catch(() => undefined);
    if (!jpeg) continue;
    const shown = await samplePicture(jpeg, patch, plates).catch(() => undefined);
    if (!shown) continue;
    samples.push({
      at: isoOf(capturedAt),
      text: plates === 'shown' ? text : coveredText(text),
      ...{
        confidence,
        widthPx,
        answer: answers[id]?.kind === 'wrong' ? 'wrong' : answers[id] ? 'right' : 'unchecked',
        jpeg: shown.toString('base64'),
      },
    });
  }
  return samples;
}
