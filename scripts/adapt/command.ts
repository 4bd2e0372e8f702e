// scripts/central adapt …: what boxes sent, in the words of another platform.
//
//   config/contract/adapters/     one file for each platform
//   scripts/adapt/lines.ts        lines become observations
//   scripts/adapt/post.ts         to the platform over HTTP

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { AnprError, messageOf } from '../../agent/shared/errors.ts';
import type { ExportedPicture } from '../../agent/shared/exported-lines.ts';
import {
  csvHead,
  normalised,
  type Observation,
  simplified,
  toAnprFlowObserved,
  toCsv,
  toHikvision,
} from '../../config/contract/adapters/index.ts';
import { type FoundLine, readLines } from './lines.ts';
import { createPoster, type Outgoing } from './post.ts';

const HELP = `Usage: scripts/central adapt --to PLATFORM [options] [FILE ...]

Turns reads, hits of boxes and hits of the centre into what another platform
takes. FILE is what "anpr journal export" wrote (also gzipped), or any messages,
one a line; without FILE, or with "-", they come from stdin.

  --to PLATFORM         fiware     NGSI-LD, AnprFlowObserved, one JSON a line
                        hikvision  ANPR event, one XML document a line
                        csv        one line a read or record of a hit
  --only reads|hits     leaves the others out
  --simplified          fiware: keys and values alone
  --picture-url ADDRESS where you keep pictures; {site}, {box}, {readId},
                        {kind} and {sha256} are filled in
  --post ADDRESS        sends each one there instead of printing it: fiware as
                        JSON-LD, hikvision as a camera does, with the pictures
                        of the export
  --headers FILE        for --post: headers, one "Name: value" a line
  --help

Exit status: 0 fine; 1 lines were left out (named on stderr); 2 usage.
docs/adapters.md says what becomes what.
Examples: scripts/central adapt --to csv export.jsonl.gz > reads.csv
          scripts/central listen --json | scripts/central adapt --to fiware
`;

const PLATFORMS = ['fiware', 'hikvision', 'csv'] as const;
type Platform = (typeof PLATFORMS)[number];

const NAMED = 20;

/** @returns the exit status */
export async function adaptCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      to: { type: 'string' },
      only: { type: 'string' },
      simplified: { type: 'boolean', default: false },
      'picture-url': { type: 'string' },
      post: { type: 'string' },
      headers: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const platform = oneOf('--to', values.to, PLATFORMS);
  const only = values.only === undefined ? undefined : oneOf('--only', values.only, ['reads', 'hits']);
  const convert = converterOf(platform, {
    isSimplified: values.simplified,
    pictureUrl: values['picture-url'],
    isSent: values.post !== undefined,
  });
  const out = values.post === undefined ? printer(platform) : poster(platform, values.post, values.headers);
  const count = { made: 0, unsaid: 0, refused: 0 };
  for await (const found of readLines(positionals.length > 0 ? positionals : ['-'])) {
    if ('other' in found) continue;
    if ('observation' in found && only && only !== (found.observation.hit ? 'hits' : 'reads')) continue;
    const why = await take(found, convert, out, count);
    if (!why) continue;
    count.refused++;
    if (count.refused <= NAMED) process.stderr.write(`${found.where}: ${why}\n`);
  }
  await out.end?.();
  if (count.refused > NAMED) process.stderr.write(`… and ${count.refused - NAMED} more\n`);
  const unsaid = count.unsaid > 0 ? `, ${count.unsaid} of which ${platform} has no words for` : '';
  process.stderr.write(`${count.made} adapted, ${count.refused} left out${unsaid}\n`);
  return count.refused > 0 ? 1 : 0;
}

type Converter = (observation: Observation, pictures: readonly ExportedPicture[]) => string | undefined;

interface Out {
  put(outgoing: Outgoing): Promise<void>;
  /** nothing more comes */
  end?(): Promise<void>;
}

/** @returns why this line was left out */
async function take(
  found: FoundLine,
  convert: Converter,
  out: Out,
  count: { made: number; unsaid: number },
): Promise<string | undefined> {
  if (!('observation' in found)) return 'wrong' in found ? found.wrong : undefined;
  const { observation, pictures } = found;
  try {
    const body = convert(observation, pictures);
    if (body === undefined) count.unsaid++;
    else {
      await out.put({ body, pictures });
      count.made++;
    }
    return undefined;
  } catch (error) {
    return error instanceof AnprError && error.remedy
      ? `${error.message}. ${error.remedy}`
      : messageOf(error);
  }
}

function converterOf(
  platform: Platform,
  settings: { isSimplified: boolean; pictureUrl: string | undefined; isSent: boolean },
): Converter {
  const { isSimplified, pictureUrl, isSent } = settings;
  switch (platform) {
    case 'csv':
      return (observation) => toCsv(observation);
    case 'fiware': {
      const form = isSimplified ? simplified : normalised;
      return (observation) => `${JSON.stringify(form(toAnprFlowObserved(observation, { pictureUrl })))}\n`;
    }
    case 'hikvision':
      return (observation, pictures) => {
        const attached = isSent ? pictures.map(({ kind }) => kind) : [];
        const xml = toHikvision(observation, { pictureUrl, attached });
        return xml && `${xml}\n`;
      };
  }
}

function printer(platform: Platform): Out {
  // Who reads us may have had enough (head): that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2));
  const write = (text: string) =>
    process.stdout.write(text)
      ? Promise.resolve()
      : new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  // Not before a first line has come: of a file that cannot be read there is no table, not even an empty one.
  let head = platform === 'csv' ? csvHead() : '';
  const put = async (text: string) => {
    const before = head;
    head = '';
    await write(`${before}${text}`);
  };
  return { put: ({ body }) => put(body), end: () => put('') };
}

function poster(platform: Platform, url: string, headerFile: string | undefined): Out {
  if (platform === 'csv') throw new Error('csv is not sent: leave --post out, and carry the file');
  const lines = headerFile ? readFileSync(headerFile, 'utf8').split('\n') : [];
  const headers = lines
    .filter((line) => line.trim() !== '')
    .map((line): [string, string] => {
      const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? [];
      if (!name || value === undefined) throw new Error(`${headerFile}: wanted lines of "Name: value"`);
      return [name, value];
    });
  return { put: createPoster({ url, platform, headers }) };
}

function oneOf<T extends string>(option: string, value: string | undefined, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (!found) throw new Error(`${option}: wanted ${known.join(', ')}, found ${value ?? 'nothing'}`);
  return found;
}
