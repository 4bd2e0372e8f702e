// `anpr reads show ID`: one read in full, and its pictures.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { JournalRecord } from '../journal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { whyNotWritten } from '../shared/file-fault.ts';
import { countText } from '../shared/quantities.ts';
import { findAgent } from './connection.ts';
import { openOffline } from './offline.ts';
import { openFile } from './open-file.ts';
import { configOption, example, jsonOption, reasonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { shownOf, sureText } from './read-rows.ts';
import { durationText, localTime, sizeText, zoneName } from './times.ts';

const KINDS = ['plate', 'overview'] as const;
type Kind = (typeof KINDS)[number];

interface ShowOptions {
  config?: string;
  open?: true;
  save?: string;
  reason?: string;
  json?: true;
}

export function registerReadsShow(reads: Command): void {
  const command = reads
    .command('show')
    .description('show one read in full: times, alternatives, delivery, pictures')
    .argument('<id>', 'id of the read (anpr reads --json shows it)')
    .option('--open', 'open its pictures on the screen of this machine')
    .option('--save <folder>', 'write its pictures into this folder')
    .addOption(jsonOption('print one JSON document: the read as the journal keeps it'))
    .addOption(reasonOption())
    .addOption(configOption())
    .action(show);
  example(
    command,
    'anpr reads show 019a2b3c-4d5e-7f60-8123-456789abcdef',
    'anpr reads show 019a2b3c-4d5e-7f60-8123-456789abcdef --save .',
  );
}

async function show(id: string, _options: ShowOptions, command: Command): Promise<void> {
  // --json, --config and --reason are options of `reads` too: Commander gives them to the outer command
  const options = command.optsWithGlobals<ShowOptions>();
  const source = await sourceOf(options);
  try {
    const record = await source.read(id);
    if (record?.type !== 'read')
      throw new AnprError(
        'read.missing',
        `there is no read with id ${id}`,
        'See which there are: anpr reads --json',
      );
    const output = createOutput();
    if (options.json) output.json(record);
    else showRead(output, record);
    if (!options.open && options.save === undefined) return;
    const folder = folderFor(options.save);
    let saved = 0;
    for (const kind of KINDS) {
      const jpeg = await source.picture(record, kind);
      if (!jpeg) continue;
      const file = join(folder, `${record.id}-${kind}.jpg`);
      writeFileSync(file, jpeg, { mode: 0o600 });
      saved += 1;
      if (!options.json) output.line(`Written: ${file}`);
      if (options.open) await openFile(file);
    }
    if (saved === 0)
      throw new AnprError(
        'read.no-picture',
        `read ${id} has no pictures (any more)`,
        'Pictures are removed first when disk runs short; evidence.overview says which are made.',
      );
  } finally {
    await source.close();
  }
}

/** Throws `usage.unwritable`. */
function folderFor(wanted: string | undefined): string {
  if (wanted === undefined) return mkdtempSync(join(tmpdir(), 'anpr-read-'));
  try {
    mkdirSync(wanted, { recursive: true });
    return wanted;
  } catch (error) {
    throw new AnprError(
      'usage.unwritable',
      `cannot write into ${wanted}: ${whyNotWritten(error)}`,
      'Name another folder.',
    );
  }
}

interface Source {
  read(id: string): Promise<JournalRecord | undefined>;
  picture(read: JournalRecord, kind: Kind): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/** The running agent, else the journal's file and the folder of the pictures. */
async function sourceOf(options: ShowOptions): Promise<Source> {
  const { config, api, reason } = await findAgent(options.config, options.reason);
  if (api)
    return {
      read: (id) => api.read(id),
      picture: ({ id }, kind) => api.picture(id, kind),
      close: async () => {},
    };
  if (!config) throw reason;
  const { createEvidenceStore } = await import('../evidence/index.ts');
  const journal = await openOffline(config, options.reason);
  const store = createEvidenceStore({ ...config.evidence, keys: journal.keys });
  return {
    read: (id) => journal.get(id),
    picture: ({ id, at }, kind) => store.get(id, kind, at),
    close: () => journal.close(),
  };
}

function showRead(output: Output, record: JournalRecord): void {
  const { plate, passage, clock, evidence, software } = shownOf(record);
  const field = (label: string, text: string | undefined | null) => {
    if (text) output.field(`${label.padEnd(LABEL_WIDTH)}`, text);
  };
  field('Plate', `${record.text || '(unreadable)'}  ${plate?.country ?? ''}`.trim());
  field('Sure', `${sureText(record)}${plate?.uncertain ? ' (uncertain: look at the picture)' : ''}`);
  field('Or', plate?.alternatives?.map((one) => `${one.text} ${one.confidence.toFixed(2)}`).join(', '));
  field('Captured', `${localTime(record.at)} (${zoneName()}), ${new Date(record.at).toISOString()}`);
  field('Clock', clockText(clock));
  field('Camera', [record.camera, passage?.lane && `lane ${passage.lane}`].filter(Boolean).join(', '));
  const lasted =
    passage?.firstSeen && passage.lastSeen && Date.parse(passage.lastSeen) - Date.parse(passage.firstSeen);
  field(
    'Passage',
    [
      passage?.direction,
      typeof lasted === 'number' ? `in view for ${(lasted / 1000).toFixed(1)} s` : undefined,
      passage?.framesUsed === undefined ? undefined : `${countText(passage.framesUsed, 'frame')} used`,
    ]
      .filter(Boolean)
      .join(', '),
  );
  field(
    'Pictures',
    evidence?.map(({ kind, sizeBytes }) => `${kind} ${sizeText(sizeBytes)}`).join(', ') || 'none',
  );
  const since = record.deliveryAt === null ? '' : ` ${durationText(Date.now() - record.deliveryAt)} ago`;
  field('Delivery', `${record.delivery}${since}${record.reason ? `: ${record.reason}` : ''}`);
  field('Place', `seq ${record.seq} of epoch ${record.epoch}`);
  field(
    'Read by',
    [software?.detector?.name, software?.straightener?.name, software?.reader?.name]
      .filter(Boolean)
      .join(', '),
  );
  field('Id', record.id);
}

const LABEL_WIDTH = 10;

function clockText(clock: { synchronised?: boolean | null; offsetMs?: number | null } | undefined): string {
  if (clock?.synchronised === true)
    return `synchronised${typeof clock.offsetMs === 'number' ? `, ${clock.offsetMs.toFixed(1)} ms off` : ''}`;
  return clock?.synchronised === false ? 'not synchronised' : 'nobody knew how right it was';
}
