// Adapter `ctc`: a net that runs along a straightened plate and says at each step which character it sees, or none.
// The agent's own readers are of this kind; models/training/ exports them.

import { z } from 'zod';
import type { Materials, Reader } from '../adapter.ts';
import { type CtcOutput, inLetters, mostProbable, slotDistributions } from '../ctc.ts';
import { levels } from '../letterbox.ts';
import { checked, manifestBase, normalisation } from '../manifest.ts';
import { openSession, proveShape, Tensor, trialRun } from '../session.ts';
import { ALPHABET, type Reading, type Slot } from '../types.ts';
import { outputKind, softmaxed } from './probabilities.ts';

/** The text and so many others are given. */
const GUESSES = 5;
/** Other texts less probable than this are noise. */
const MIN_ALTERNATIVE = 0.001;

const schema = z
  .strictObject({
    ...manifestBase,
    kind: z.literal('reader'),
    adapter: z.literal('ctc'),
    input: z.strictObject({
      name: z.string(),
      layout: z.literal('NCHW'),
      colour: z.literal('luma'),
      width: z.int().min(16).max(1024),
      height: z.int().min(8).max(512),
      margin: z.number().min(0).max(0.5),
      ...normalisation,
    }),
    stack: z
      .strictObject({
        aspectBelow: z.number().min(0).max(10),
        split: z.number().gt(0).lt(1),
        overlap: z.number().min(0).max(0.5),
      })
      .optional(),
    output: z.strictObject({
      characters: z.string(),
      kind: outputKind,
      country: z.string().optional(),
      /** when it is another than `kind` */
      countryKind: outputKind.optional(),
    }),
    alphabet: z
      .string()
      .regex(/^[0-9A-Z]+$/, 'digits and capital letters only')
      .refine((letters) => new Set(letters).size === letters.length, 'each character once'),
    blank: z.int().min(0),
    countries: z.array(z.string().min(1)).optional(),
  })
  .refine((manifest) => manifest.blank <= manifest.alphabet.length, {
    path: ['blank'],
    message: "at most the alphabet's length: a class before, between or after its characters",
  })
  .refine((manifest) => (manifest.output.country === undefined) === (manifest.countries === undefined), {
    path: ['countries'],
    message: 'wanted together with output.country, and only then',
  });

export async function ctc({ title, model, bytes, threads }: Materials): Promise<Reader> {
  const manifest = checked(schema, model.manifest, 'reader', model.manifest.name);
  const { input, output, blank, countries } = manifest;
  const classes = manifest.alphabet.length + 1;
  // Class → its letter, and its place in a Slot; "nothing" stands at the blank.
  const letters = [...manifest.alphabet];
  letters.splice(blank, 0, '');
  const places = letters.map((letter) => (letter === '' ? 0 : ALPHABET.indexOf(letter) + 1));

  const session = await openSession(bytes, {
    title,
    threads,
    inputs: [{ name: input.name, type: 'float32', dims: [1, 1, input.height, input.width] }],
    outputs: [
      { name: output.characters, type: 'float32', dims: [1, null, classes] },
      ...(output.country && countries
        ? [{ name: output.country, type: 'float32' as const, dims: [1, countries.length] }]
        : []),
    ],
  });
  const table = levels(input.mean, input.scale);
  const pixels = new Float32Array(input.width * input.height);
  // One plate a run: measured, a batch is not quicker on one core, and its first run of each size is slower.
  const plate = new Tensor('float32', pixels, [1, 1, input.height, input.width]);

  try {
    const outputs = await trialRun(title, session, { [input.name]: plate });
    proveShape(title, output.characters, outputs[output.characters], [1, null, classes]);
    if (output.country && countries)
      proveShape(title, output.country, outputs[output.country], [1, countries.length]);
  } catch (error) {
    await session.close();
    throw error;
  }

  async function readOne(strip: Uint8Array): Promise<Omit<Reading, 'lines'>> {
    for (let i = 0; i < pixels.length; i++) pixels[i] = table[strip[i]!]!;
    const outputs = await session.run({ [input.name]: plate });
    const characters = outputs[output.characters]!;
    const net: CtcOutput = {
      probabilities: softmaxed(characters.data as Float32Array, classes, output.kind),
      steps: characters.dims[1]!,
      classes,
      blank,
    };
    const [best, ...others] = mostProbable(net, GUESSES);
    return {
      text: inLetters(best!, letters).text,
      confidence: Math.min(1, best!.probability),
      slots: slotDistributions(net, best!.classes).map(slotOf),
      alternatives: others
        .filter((guess) => guess.probability >= MIN_ALTERNATIVE)
        .map((guess) => inLetters(guess, letters)),
      countries: output.country && countries ? countryShares(outputs[output.country]!) : {},
    };
  }

  function slotOf(distribution: Float64Array): Slot {
    const slot: Slot = new Array(ALPHABET.length + 1).fill(0);
    distribution.forEach((share, k) => {
      slot[places[k]!] = share;
    });
    return slot;
  }

  function countryShares(tensor: Tensor): Record<string, number> {
    const shares = softmaxed(
      tensor.data as Float32Array,
      countries!.length,
      output.countryKind ?? output.kind,
    );
    return Object.fromEntries(countries!.map((country, i) => [country, shares[i]!]));
  }

  return {
    strip: {
      width: input.width,
      height: input.height,
      margin: input.margin,
      ...(manifest.stack ? { stack: manifest.stack } : {}),
    },
    async read(strips) {
      const readings = [];
      for (const strip of strips) readings.push(await readOne(strip));
      return readings;
    },
    close: () => session.close(),
  };
}
