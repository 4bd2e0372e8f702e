// Fixed-slot readers: how many slots there are, which characters they hold, and which countries the regions are.

import type { GraphValue } from '../session.ts';
import { ambiguous, type Hints, type Proposal, type Seen, sizeOf, unknown } from './graph.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_';
const MAX_SLOTS = 32;

export function readerOf(input: GraphValue, seen: Seen, hints: Hints): Proposal {
  const { plateConfig } = hints;
  const { width, height } = sizeOf(input, 2, 1, seen, {
    ...hints,
    size: hints.size ?? (plateConfig && { width: plateConfig.width, height: plateConfig.height }),
  });
  const characters = seen.outputs.find(({ name }) => name === 'plate') ?? seen.outputs[0];
  const region = seen.outputs.find(({ name, dims }) => name === 'region' && dims.length === 2);
  if (characters?.type !== 'float32' || seen.outputs.length > (region ? 2 : 1))
    throw unknown(
      seen,
      'a reader has one output of float32 for the characters, and at most one named region',
    );
  const assumed: string[] = [];
  const alphabet = plateConfig?.alphabet ?? ALPHABET;
  const slots = slotCount(characters, alphabet.length, plateConfig?.slots, seen);
  if (!plateConfig) assumed.push(`the characters are ${alphabet}, the last one the padding`);
  const colour = input.dims[3] === 1 ? 'luma' : 'rgb';
  if (plateConfig && plateConfig.colour !== colour)
    throw ambiguous(
      `the plate configuration wants ${plateConfig.colour}, the graph takes ${colour}`,
      WRONG_CONFIG,
    );
  if (!plateConfig && colour === 'rgb')
    assumed.push('channels in the order red, green, blue', 'the plate fills the input');
  const countries = region && plateConfig?.regions && countriesOf(plateConfig.regions, hints, assumed);
  if (region && !countries)
    assumed.push('its region output is not used: only the plate configuration names the regions');
  if (countries && region.dims[1] !== null && region.dims[1] !== countries.length)
    throw ambiguous(
      `the plate configuration has ${countries.length} regions, the graph ${region.dims[1]}`,
      WRONG_CONFIG,
    );
  return {
    kind: 'reader',
    adapter: 'slots',
    what: `reader with ${slots} slots, as fast-plate-ocr exports it`,
    manifest: {
      input: {
        ...{ name: input.name, layout: 'NHWC', type: input.type, colour, width, height, margin: 0 },
        ...(plateConfig?.padding !== undefined && { pad: plateConfig.padding }),
      },
      output: { characters: characters.name, slots, ...(countries && { country: region!.name }) },
      ...{ alphabet, pad: plateConfig?.pad ?? '_' },
      ...(countries && { countries }),
    },
    assumed,
  };
}

const WRONG_CONFIG = 'Give the configuration that belongs to this model: --plate-config FILE.';

function slotCount(output: GraphValue, classes: number, told: number | undefined, seen: Seen): number {
  const flat = output.dims.slice(1).reduce<number | null>((all, length) => all && length && all * length, 1);
  const counted = flat === null ? told : flat / classes;
  // [n, slots, classes]: the last dimension must be the alphabet's.
  const last = output.dims.length >= 3 ? output.dims[2] : classes;
  if (!counted || !Number.isInteger(counted) || (last !== null && last !== classes))
    throw ambiguous(
      `output ${output.name} does not divide into slots of ${classes} characters`,
      'Its alphabet is another one: give its plate configuration with --plate-config FILE.',
    );
  if (told !== undefined && told !== counted)
    throw ambiguous(`the plate configuration has ${told} slots, the graph ${counted}`, WRONG_CONFIG);
  if (counted > MAX_SLOTS) throw unknown(seen, `${counted} slots are more than any plate has`);
  return counted;
}

function countriesOf(regions: string[], { countrySigns }: Hints, assumed: string[]): string[] {
  const known = regions.map((name) => countrySigns?.get(name.toLowerCase()));
  const strange = regions.filter((_, k) => !known[k]);
  if (strange.length > 0)
    assumed.push(
      `${strange.length} of ${regions.length} regions count as unknown (${strange.slice(0, 4).join(', ')} …)`,
    );
  return known.map((sign) => sign ?? 'unknown');
}
