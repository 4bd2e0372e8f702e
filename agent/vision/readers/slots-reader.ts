// Adapter `slots`: a net with a fixed number of character slots and a padding, as fast-plate-ocr exports them: grey or
// RGB bytes in, channels last, a distribution for each slot out, in newer ones a region too.

import { z } from 'zod';
import type { Materials, Reader } from '../adapter.ts';
import { levels } from '../letterbox.ts';
import { checked, manifestBase, normalisation } from '../manifest.ts';
import { openSession, proveShape, Tensor, trialRun } from '../session.ts';
import { ALPHABET, type Reading, type Slot } from '../types.ts';
import { outputKind, softmaxed } from './probabilities.ts';
import { bestOf, mostProbable, type SlotOutput } from './slots.ts';

/** The text and so many others are given. */
const GUESSES = 5;
/** Other texts less probable than this are noise. */
const MIN_ALTERNATIVE = 0.001;

const schema = z
  .strictObject({
    ...manifestBase,
    kind: z.literal('reader'),
    adapter: z.literal('slots'),
    input: z.strictObject({
      name: z.string(),
      layout: z.enum(['NHWC', 'NCHW']),
      /** bytes as they are (the net scales them itself), or numbers by `mean` and `scale` */
      type: z.enum(['uint8', 'float32']),
      colour: z.enum(['luma', 'rgb', 'bgr']),
      width: z.int().min(16).max(1024),
      height: z.int().min(8).max(512),
      margin: z.number().min(0).max(0.5).default(0),
      /** keep the plate's shape and fill the rest with this grey level; absent: the plate fills the input */
      pad: z.int().min(0).max(255).optional(),
      mean: normalisation.mean.default(0),
      scale: normalisation.scale.default(1),
    }),
    output: z.strictObject({
      characters: z.string(),
      kind: outputKind,
      slots: z.int().min(1).max(32),
      country: z.string().optional(),
      /** when it is another than `kind` */
      countryKind: outputKind.optional(),
    }),
    /** the classes of a slot, in order */
    alphabet: z
      .string()
      .refine((letters) => new Set(letters).size === [...letters].length, 'each character once'),
    /** which of them stands for "no character" */
    pad: z.string().length(1, 'one character'),
    /** country of each class of output.country; several classes may be of one country */
    countries: z.array(z.string().min(1)).optional(),
  })
  .refine(({ alphabet, pad }) => alphabet.includes(pad), {
    path: ['pad'],
    message: 'one of the characters of `alphabet`',
  })
  .refine(({ alphabet, pad }) => /^[0-9A-Z]+$/.test(alphabet.replace(pad, '')), {
    path: ['alphabet'],
    message: 'digits and capital letters only, beside the padding: reads keep no others',
  })
  .refine(({ output, countries }) => (output.country === undefined) === (countries === undefined), {
    path: ['countries'],
    message: 'wanted together with output.country, and only then',
  });

export async function slots({ title, model, bytes, threads }: Materials): Promise<Reader> {
  const manifest = checked(schema, model.manifest, 'reader', model.manifest.name);
  const { input, output, countries } = manifest;
  const letters = [...manifest.alphabet].map((letter) => (letter === manifest.pad ? '' : letter));
  const places = letters.map((letter) => (letter === '' ? 0 : ALPHABET.indexOf(letter) + 1));
  const feed = feedOf(input);
  const country = output.country && countries ? { name: output.country, countries } : undefined;
  const session = await openSession(bytes, {
    title,
    threads,
    inputs: [{ name: input.name, type: input.type, dims: feed.tensor.dims }],
    outputs: [
      { name: output.characters, type: 'float32' },
      ...(country
        ? [{ name: country.name, type: 'float32' as const, dims: [1, country.countries.length] }]
        : []),
    ],
  });
  try {
    const outputs = await trialRun(title, session, { [input.name]: feed.tensor });
    // [1, slots * classes], [1, slots, classes] and [1, slots, classes, 1] are the same numbers in the same order.
    const characters = outputs[output.characters];
    const flat = characters && (characters.reshape([1, characters.size]) as Tensor);
    proveShape(title, output.characters, flat, [1, output.slots * letters.length]);
    if (country) proveShape(title, country.name, outputs[country.name], [1, country.countries.length]);
  } catch (error) {
    await session.close();
    throw error;
  }

  async function readOne(strip: Uint8Array): Promise<Omit<Reading, 'lines'>> {
    feed.put(strip);
    const outputs = await session.run({ [input.name]: feed.tensor });
    const net: SlotOutput = {
      probabilities: softmaxed(outputs[output.characters]!.data as Float32Array, letters.length, output.kind),
      count: output.slots,
      letters,
    };
    const { text, slots } = bestOf(net);
    const guesses = mostProbable(net, GUESSES);
    return {
      text,
      confidence: guesses.find((guess) => guess.text === text)?.confidence ?? 0,
      slots: slots.map((slot) => slotOf(net.probabilities.subarray(slot * letters.length))),
      alternatives: guesses.filter((guess) => guess.text !== text && guess.confidence >= MIN_ALTERNATIVE),
      countries: country ? countryShares(outputs[country.name]!) : {},
    };
  }

  function slotOf(distribution: Float32Array): Slot {
    const slot: Slot = new Array(ALPHABET.length + 1).fill(0);
    places.forEach((place, k) => {
      slot[place] = distribution[k]!;
    });
    return slot;
  }

  function countryShares(tensor: Tensor): Record<string, number> {
    const names = country!.countries;
    const shares = softmaxed(tensor.data as Float32Array, names.length, output.countryKind ?? output.kind);
    const sums: Record<string, number> = {};
    names.forEach((name, i) => {
      sums[name] = (sums[name] ?? 0) + shares[i]!;
    });
    return sums;
  }

  return {
    strip: {
      width: input.width,
      height: input.height,
      margin: input.margin,
      ...(input.colour === 'luma' ? {} : { colour: true }),
      ...(input.pad === undefined ? {} : { pad: input.pad }),
    },
    async read(strips) {
      const readings = [];
      for (const strip of strips) readings.push(await readOne(strip));
      return readings;
    },
    close: () => session.close(),
  };
}

/** The input's tensor, and how a strip (planes one after the other) gets into it. */
function feedOf({ layout, type, colour, width, height, mean, scale }: z.infer<typeof schema>['input']) {
  const channels = colour === 'luma' ? 1 : 3;
  const size = width * height;
  const dims = layout === 'NHWC' ? [1, height, width, channels] : [1, channels, height, width];
  const table = levels(mean, scale);
  const bytes = new Uint8Array(type === 'uint8' ? size * channels : 0);
  const numbers = new Float32Array(type === 'float32' ? size * channels : 0);
  const tensor = type === 'uint8' ? new Tensor('uint8', bytes, dims) : new Tensor('float32', numbers, dims);
  const [step, stride] = layout === 'NHWC' ? [channels, 1] : [1, size];

  function put(strip: Uint8Array): void {
    for (let channel = 0; channel < channels; channel++) {
      const plane = (colour === 'bgr' ? channels - 1 - channel : channel) * size;
      for (let i = 0, to = channel * stride; i < size; i++, to += step) {
        const level = strip[plane + i]!;
        if (type === 'uint8') bytes[to] = level;
        else numbers[to] = table[level]!;
      }
    }
  }
  return { tensor, put };
}
