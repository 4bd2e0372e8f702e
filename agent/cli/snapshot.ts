// `anpr snapshot`: what a camera sees now, as a JPEG: from the running agent's own stream, and from the camera itself
// only when no agent has it.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CameraConfig } from '../config/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { nearest } from '../shared/nearest.ts';
import { type Connection, findAgent } from './connection.ts';
import { openFile } from './open-file.ts';
import { configOption, example, reasonOption } from './options.ts';
import { createOutput } from './output.ts';
import { localTime, sizeText } from './times.ts';
import { written } from './written.ts';

interface SnapshotOptions {
  config?: string;
  output?: string;
  open?: true;
  reason?: string;
}

export function registerSnapshot(program: Command): void {
  const command = program
    .command('snapshot')
    .description('save what a camera sees now; the running agent takes it from its own stream')
    .argument('<camera>', 'id of the camera')
    .option('-o, --output <file>', 'where to; - for stdout (default: CAMERA-DATE-TIME.jpg here)')
    .option('--open', 'open it on the screen of this machine')
    .addOption(reasonOption())
    .addOption(configOption())
    .action(snapshot);
  example(command, 'anpr snapshot gate', 'anpr snapshot gate -o - | ssh me@laptop "cat > gate.jpg"');
}

async function snapshot(id: string, options: SnapshotOptions): Promise<void> {
  const connection = await findAgent(options.config, options.reason);
  const { jpeg, at, from } = await take(id, connection);
  if (options.output === '-') {
    process.stdout.write(jpeg);
    return;
  }
  const stamp = localTime(at).replaceAll(/[-:]/g, '').replace(' ', '-');
  const file = options.output ?? `${id}-${stamp}.jpg`;
  written(file, () => writeFileSync(file, jpeg, { mode: 0o640 }));
  createOutput().line(`Written: ${file} (${sizeText(jpeg.length)}, ${localTime(at)}, from ${from}).`);
  if (options.open) await openFile(file);
}

async function take(
  id: string,
  { api, config }: Connection,
): Promise<{ jpeg: Uint8Array; at: number; from: string }> {
  if (api)
    try {
      const { jpeg, capturedAt } = await api.snapshot(id);
      return { jpeg, at: capturedAt, from: "the agent's stream" };
    } catch (error) {
      // A camera that stands in the configuration, but not in the agent that runs (yet), is nobody's.
      if (codeOf(error) !== 'camera.missing') throw error;
    }
  const camera = config?.cameras.find((each) => each.id === id);
  if (!config || !camera) throw unknownCamera(id, config?.cameras ?? []);
  return { jpeg: await fromCamera(camera, config.journal.path), at: Date.now(), from: 'the camera' };
}

export function unknownCamera(id: string, cameras: readonly Pick<CameraConfig, 'id'>[]): AnprError {
  const ids = cameras.map((camera) => camera.id);
  const meant = nearest(id, ids);
  return new AnprError(
    'usage.camera',
    `there is no camera "${id}"${meant ? `; did you mean ${meant}?` : ''}`,
    ids.length ? `There are: ${ids.join(', ')}.` : 'Add one with anpr camera add.',
  );
}

async function fromCamera(camera: CameraConfig, journalPath: string): Promise<Uint8Array> {
  const { takeStill } = await import('../health/index.ts');
  const { readSecret } = await import('../shared/secret-file.ts');
  const { ownKeys, usablePassword } = await import('../seal/index.ts');
  const password =
    camera.passwordFile === undefined
      ? undefined
      : usablePassword(readSecret(camera.passwordFile), () => ownKeys(journalPath).ring);
  const folder = mkdtempSync(join(tmpdir(), 'anpr-snapshot-'));
  const file = join(folder, 'still.jpg');
  try {
    const { reason, missing } = await takeStill(camera, password, file);
    if (existsSync(file)) return readFileSync(file);
    if (missing)
      throw new AnprError('ffmpeg.missing', 'there is no ffmpeg in PATH', 'Install it: apt install ffmpeg.');
    throw new AnprError(
      'camera.no-picture',
      `camera ${camera.id} gives no picture${reason ? `: ${reason}` : ''}`,
      `See why: anpr doctor --only camera/${camera.id}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
