// A road under a camera on a pole, seeded: vehicles with real speeds and distances, projected through a pinhole, read by
// a reader that confuses characters more the smaller the plate is. Feeds the tracker's tests; knows the truth.

import type { Point, Quad } from '../../agent/shared/geometry.ts';
import { boxOf } from '../../agent/shared/geometry.ts';
import { ALPHABET, type Reading, type Sighting, type Slot } from '../../agent/vision/index.ts';

export type Random = () => number;

/** Mulberry32: 0..1, the same for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function gaussOf(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The confusions that plates are known for. */
const LOOKS_LIKE: Record<string, string> = {
  '0': 'O',
  O: '0',
  '1': 'I',
  I: '1',
  '8': 'B',
  B: '8',
  '5': 'S',
  S: '5',
};

/** A slot that gives `share` to a character and the rest to another (or to all). */
export function slotOf(character: string, share: number, other?: string): Slot {
  const slot: Slot = new Array(37).fill(other === undefined ? (1 - share) / 36 : 0);
  if (other !== undefined) slot[ALPHABET.indexOf(other) + 1] = 1 - share;
  slot[ALPHABET.indexOf(character) + 1] = share;
  return slot;
}

/** A reading of `text` with the same share for each character. */
export function readingOf(text: string, share = 0.98, countries: Record<string, number> = {}): Reading {
  return {
    text,
    confidence: text === '' ? 0 : share ** text.length,
    slots: [...text].map((character) => slotOf(character, share)),
    countries,
    lines: 1,
  };
}

/** A straight plate of `widthPx` around `centre`. */
export function sightingAt(centre: Point, widthPx: number, reading: Reading, score = 0.9): Sighting {
  const [x, y] = centre;
  const [w, h] = [widthPx / 2, (widthPx * 0.22) / 2];
  const corners: Quad = [
    [x - w, y - h],
    [x + w, y - h],
    [x + w, y + h],
    [x - w, y + h],
  ];
  return { box: boxOf(corners), corners, score, reading };
}

export interface Vehicle {
  text: string;
  /** when it is at `startM` in front of the camera, in ms */
  at: number;
  speedKmh: number;
  /** metres to the right of the camera */
  lateralM?: number;
  startM?: number;
  /** drives away from the camera */
  receding?: boolean;
  /** at this distance it stands for so many ms */
  stop?: { atM: number; ms: number };
  /** hidden between these times, ms */
  hidden?: [from: number, to: number][];
}

export const picture = { width: 1920, height: 1080 };
const FOCAL_PX = 2600;
const POLE_M = 5;
const TILT = Math.atan2(4.5, 16);

/** Where the plate of a vehicle is in the picture at `t`, undefined when outside. */
export function project(vehicle: Vehicle, t: number): { centre: Point; widthPx: number } | undefined {
  const start = vehicle.startM ?? (vehicle.receding ? 6 : 45);
  const sign = vehicle.receding ? 1 : -1;
  const mPerMs = vehicle.speedKmh / 3600;
  let driven = (t - vehicle.at) * mPerMs;
  if (vehicle.stop !== undefined) {
    const before = Math.abs(vehicle.stop.atM - start);
    if (driven > before) driven = Math.max(before, driven - vehicle.stop.ms * mPerMs);
  }
  if (driven < 0) return undefined;
  const ahead = start + sign * driven;
  if (ahead < 1 || ahead > 60) return undefined;
  const down = POLE_M - 0.5;
  const depth = ahead * Math.cos(TILT) + down * Math.sin(TILT);
  const below = down * Math.cos(TILT) - ahead * Math.sin(TILT);
  const x = picture.width / 2 + (FOCAL_PX * (vehicle.lateralM ?? 0)) / depth;
  const y = picture.height / 2 + (FOCAL_PX * below) / depth;
  const widthPx = (FOCAL_PX * 0.52) / depth;
  if (x < widthPx / 4 || x > picture.width - widthPx / 4 || y < 0 || y > picture.height) return undefined;
  return { centre: [x, y], widthPx };
}

/** What a reader makes of `text` at that size: 0.5 % of the characters wrong at 120 px, many at 40. */
export function read(text: string, widthPx: number, random: Random): Reading {
  const blur = Math.min(0.6, 0.005 + Math.exp(-(widthPx - 40) / 18) * 0.35);
  const slots: Slot[] = [];
  let said = '';
  for (const character of text) {
    if (random() < blur * 0.05) continue; // missing character
    const wrong = random() < blur;
    const other = LOOKS_LIKE[character] ?? ALPHABET[Math.floor(random() * 36)]!;
    const shown = wrong ? other : character;
    const share = Math.max(
      0.35,
      Math.min(0.998, 1 - blur * (0.3 + 1.4 * random()) - (wrong ? 0.2 * random() : 0)),
    );
    const slot: Slot = new Array(37).fill(((1 - share) * 0.4) / 35);
    slot[ALPHABET.indexOf(shown) + 1] = share;
    const rival = wrong ? character : other;
    if (rival !== shown) slot[ALPHABET.indexOf(rival) + 1] = (1 - share) * 0.6;
    const sum = slot.reduce((a, b) => a + b, 0);
    slots.push(slot.map((value) => value / sum));
    said += shown;
  }
  let confidence = slots.length === 0 ? 0 : 1;
  for (const slot of slots) confidence *= Math.max(...slot);
  return { text: said, confidence, slots, countries: {}, lines: 1 };
}

/** What a look at `t` sees of the vehicles: boxes breathe, plates under 30 px and some others are missed. */
export function look(vehicles: Vehicle[], t: number, random: Random, missShare = 0.03): Sighting[] {
  const sightings: Sighting[] = [];
  for (const vehicle of vehicles) {
    const place = project(vehicle, t);
    if (place === undefined || place.widthPx < 30) continue;
    if (vehicle.hidden?.some(([from, to]) => t >= from && t <= to)) continue;
    if (random() < missShare) continue;
    const { centre, widthPx } = place;
    const jitter = widthPx * 0.02;
    const at: Point = [centre[0] + jitter * gaussOf(random), centre[1] + jitter * gaussOf(random)];
    const wide = widthPx * Math.exp(0.03 * gaussOf(random));
    sightings.push(sightingAt(at, wide, read(vehicle.text, widthPx, random), 0.6 + 0.35 * random()));
  }
  return sightings;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A Belgian-looking plate: 1ABC123. */
export function plateOf(random: Random): string {
  const letter = () => LETTERS[Math.floor(random() * 26)]!;
  const digit = () => String(Math.floor(random() * 10));
  return `${1 + Math.floor(random() * 2)}${letter()}${letter()}${letter()}${digit()}${digit()}${digit()}`;
}

/** Slots of a text as evidence has them: sure, with a floor. */
export function floorSlots(text: string): number[][] {
  return [...text].map((character) => slotOf(character, 0.98));
}
