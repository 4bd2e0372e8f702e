// An agent that is killed with -9 leaves no ffmpeg behind: not one that streams, not one that waits for a camera, and
// not where setpriv does not work, and not on a machine without anything of the kind as long as frames come.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'tap';
import { findTools } from '../../agent/capture/ffmpeg-process.ts';
import { noFfmpeg, noRtspServer } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { clip, exitOf, isRunning, scratchPath, tcpServer } from './support.ts';

const skip = noFfmpeg || noRtspServer;

const agent = join(import.meta.dirname, 'orphan-agent.ts');
const tools = noFfmpeg ? undefined : await findTools(process.env.PATH);
const withoutSetpriv = noFfmpeg || (tools?.withParent[0]?.endsWith('setpriv') ? false : 'needs setpriv');

/** Starts the agent, kills it with -9 once its ffmpeg runs, and waits until that is gone. */
async function killed(
  url: string,
  until: 'streaming' | 'connecting',
  path = process.env.PATH,
): Promise<number[]> {
  const child = spawn(process.execPath, [agent, url, until], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: path },
  });
  const exit = exitOf(child);
  const pids = await new Promise<number[]>((resolve) =>
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line))),
  );
  child.kill('SIGKILL');
  await exit;
  while (pids.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 10));
  return pids;
}

test('while it streams', { skip: withoutSetpriv || skip }, async (t) => {
  const server = await startRtspCamera(clip('loop.mp4'), ['--loop']);
  t.teardown(server.close);
  t.equal((await killed(server.url, 'streaming')).length, 1);
});

test('while the camera says nothing', { skip: withoutSetpriv }, async (t) => {
  const silent = await tcpServer(() => {});
  t.teardown(silent.close);
  t.equal((await killed(`rtsp://127.0.0.1:${silent.port}/stream`, 'connecting')).length, 1);
});

test('after the stream has frozen', { skip: withoutSetpriv || skip }, async (t) => {
  const server = await startRtspCamera(clip('loop.mp4'), ['--loop', '--stall-after', '4']);
  t.teardown(server.close);
  t.equal((await killed(server.url, 'streaming')).length, 1);
});

/** A folder with ffmpeg and these, for PATH. */
function only(name: string, programs: Record<string, string>): string {
  const directory = scratchPath(name);
  mkdirSync(directory);
  symlinkSync(tools!.ffmpeg, join(directory, 'ffmpeg'));
  for (const [as, program] of Object.entries(programs)) symlinkSync(program, join(directory, as));
  return directory;
}

const withoutPerl = noFfmpeg || (existsSync('/usr/bin/perl') ? false : 'needs perl');

test('while the camera says nothing, where setpriv may not do its work', { skip: withoutPerl }, async (t) => {
  const path = only('perl', { perl: '/usr/bin/perl', setpriv: '/bin/false' });
  t.equal((await findTools(path)).withParent[0], join(path, 'perl'));
  const silent = await tcpServer(() => {});
  t.teardown(silent.close);
  t.equal((await killed(`rtsp://127.0.0.1:${silent.port}/stream`, 'connecting', path)).length, 1);
});

test('with neither, by the broken pipe', { skip }, async (t) => {
  const path = only('only-ffmpeg', {});
  t.same((await findTools(path)).withParent, []);
  const server = await startRtspCamera(clip('loop.mp4'), ['--loop']);
  t.teardown(server.close);
  t.equal((await killed(server.url, 'streaming', path)).length, 1);
});
