// `anpr replay`: recorded video or pictures through the agent's own pipeline, held against what was once read of them.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import type { Difference, Replayed } from '../recognise/index.ts';
import { AnprError } from '../shared/errors.ts';
import { foundInstead } from '../shared/file-fault.ts';
import { parsedJson } from '../shared/json.ts';
import type { Vision } from '../vision/index.ts';
import { exitCodes } from './exit-codes.ts';
import { example, jsonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { type ModelOptions, modelOptions } from './pictures.ts';

interface ReplayOptions extends ModelOptions {
  json?: true;
  expect?: string;
}

export function registerReplay(program: Command): void {
  const command = program
    .command('replay')
    .description('run a recording or pictures through the pipeline and compare with what it once read')
    .argument('<path>', 'a video, a picture, or a folder of pictures')
    .option(
      '--expect <file>',
      'a truth file (scripts/render-traffic) or an earlier --json (default: VIDEO.json beside a video, where there is one)',
    )
    .addOption(
      jsonOption('print what was read and what differs as one JSON document, to compare with later'),
    );
  modelOptions(command).action(replay);
  example(command, 'anpr replay gate.mp4 --json > gate.json', 'anpr replay gate.mp4 --expect gate.json');
}

async function replay(path: string, options: ReplayOptions): Promise<void> {
  const output = createOutput();
  if (!existsSync(path))
    throw new AnprError('usage.no-recording', `there is no ${path}`, 'Name a video, a picture or a folder.');
  const { differencesOf, isPicture } = await import('../recognise/index.ts');
  const isVideo = !statSync(path).isDirectory() && !isPicture(path);
  const beside = path.replace(/\.[^./]+$/, '.json');
  const expectation = options.expect ?? (isVideo && existsSync(beside) ? beside : undefined);
  // before the long work: a wrong file is told at once
  const then = expectation === undefined ? undefined : await expected(expectation);
  const { loadVision } = await import('../vision/index.ts');
  const vision = await loadVision({
    ...options,
    directory: options.models,
    detectorThreshold: options.threshold,
  });
  try {
    const plates = isVideo ? await ofVideo(path, vision) : await ofPictures(path, vision);
    const differences = then && differencesOf(then, plates);
    if (options.json) output.json({ replay: 1, plates, differences: differences ?? null });
    else show(output, plates, differences);
    if (differences?.length) process.exitCode = exitCodes.failed;
  } finally {
    await vision.close();
  }
}

async function ofVideo(path: string, vision: Vision): Promise<Replayed[]> {
  const { followCamera } = await import('../camera/in-process.ts');
  const { openCamera } = await import('../capture/index.ts');
  const { schema, cameraSchema } = await import('../config/index.ts');
  const { loadGrammars } = await import('../grammar/index.ts');
  const { createTracker } = await import('../passage/index.ts');
  const { createLog } = await import('../shared/log.ts');
  const { reads } = schema.parse({ version: 1, site: 'none', box: 'none' });
  const camera = cameraSchema.parse({ id: 'recording', url: pathToFileURL(resolve(path)).href });
  const source = openCamera(camera, {
    log: createLog('silent'),
    small: vision.smallLimits,
    pace: 'fast',
    maxFramesPerSecond: camera.looksPerSecond,
  });
  const plates: Replayed[] = [];
  let begun: number | undefined;
  async function* frames() {
    for await (const frame of source.frames()) {
      begun ??= frame.capturedAt;
      yield frame;
    }
  }
  let ids = 0;
  const unused = () => {};
  try {
    await followCamera({
      camera,
      frames: frames(),
      vision,
      tracker: createTracker(
        { ...camera, reads, grammars: loadGrammars(), calibration: vision.calibration },
        () => `passage-${ids++}`,
      ),
      ended: ({ text, confidence, firstSeen, lastSeen }) =>
        plates.push({
          text,
          confidence: rounded(confidence),
          firstMs: Math.round(firstSeen - (begun ?? 0)),
          lastMs: Math.round(lastSeen - (begun ?? 0)),
        }),
      ...{ ripe: unused, dropped: unused },
      counts: { looks: 0, sightings: 0, passages: 0, dropped: 0, detectMs: 0, readMs: 0 },
    });
  } finally {
    await source.close();
  }
  return plates.sort((one, other) => one.firstMs! - other.firstMs!);
}

async function ofPictures(path: string, vision: Vision): Promise<Replayed[]> {
  const { isFailure, recognise } = await import('../recognise/index.ts');
  const plates: Replayed[] = [];
  let pictures = 0;
  for await (const { picture, result } of recognise(vision, [path], { once: true })) {
    pictures++;
    if (isFailure(result)) throw new AnprError(result.error.code, `${result.file}: ${result.error.message}`);
    for (const { text, confidence } of result.plates)
      plates.push({ file: picture.name, text, confidence: rounded(confidence) });
  }
  if (pictures === 0)
    throw new AnprError('usage.no-pictures', `no JPEG or PNG in ${path}`, 'Name a folder that holds some.');
  return plates;
}

async function expected(file: string): Promise<Replayed[]> {
  const { z } = await import('zod');
  const milliseconds = z.number().optional();
  const earlier = z.object({
    plates: z.array(
      z.object({
        text: z.string(),
        confidence: z.number().optional(),
        firstMs: milliseconds,
        lastMs: milliseconds,
        file: z.string().optional(),
      }),
    ),
  });
  const truth = z.object({
    passages: z.array(z.object({ plate: z.string(), firstMs: z.number(), lastMs: z.number() })),
  });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new AnprError(
      'usage.expect',
      `wanted what was read in ${file}, found ${foundInstead(error)}`,
      WANTED,
    );
  }
  const content = parsedJson(text);
  if (content === undefined) throw new AnprError('usage.expect', `${file} is no JSON`, WANTED);
  const known = truth.safeParse(content);
  if (known.success) return known.data.passages.map(({ plate, ...when }) => ({ text: plate, ...when }));
  const before = earlier.safeParse(content);
  if (before.success) return before.data.plates;
  throw new AnprError('usage.expect', `${file} has neither passages nor plates in it`, WANTED);
}

const WANTED = 'Wanted: the truth of scripts/render-traffic, or what anpr replay --json printed.';
const rounded = (share: number) => Number(share.toFixed(4));

function show(output: Output, plates: readonly Replayed[], differences: Difference[] | undefined): void {
  for (const plate of plates)
    output.line(`${whereOf(plate)}  ${plate.text.padEnd(10)} ${(100 * (plate.confidence ?? 0)).toFixed(1)}%`);
  if (!differences) {
    output.line(`${plates.length} read; nothing to compare with (--expect)`);
    return;
  }
  for (const difference of differences)
    if (difference.kind === 'missing')
      output.line(
        `${whereOf(difference.before)}  ${output.paint('red', `missing: ${output.plain(difference.before.text)}`)}`,
      );
    else if (difference.kind === 'new')
      output.line(`${whereOf(difference.now)}  ${output.paint('yellow', `new: ${difference.now.text}`)}`);
    else
      output.line(
        `${whereOf(difference.now)}  ${output.paint('red', `was ${output.plain(difference.before.text)}, now ${difference.now.text}`)}`,
      );
  output.line(
    `${plates.length} read; ${differences.length === 0 ? 'the same as then' : `${differences.length} different`}`,
  );
}

const whereOf = ({ file, firstMs = 0 }: Replayed) => file ?? `${(firstMs / 1000).toFixed(1).padStart(7)} s`;
