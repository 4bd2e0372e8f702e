// A camera by its address and login as somebody types them, and the same probes on it that the doctor has.

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { CameraConfig } from '../config/index.ts';
import type { ProbeResult, Verdict } from '../health/index.ts';
import { AnprError } from '../shared/errors.ts';
import { foundInstead } from '../shared/file-fault.ts';
import { askSecret, canAsk, secretFromPipe } from './ask.ts';
import { resultLines } from './doctor-list.ts';
import type { Output } from './output.ts';

export interface LoginOptions {
  username?: string;
  passwordStdin?: true;
  passwordFile?: string;
  transport: 'tcp' | 'udp';
}

export function loginOptions(command: Command): Command {
  return command
    .option('--username <name>', 'user name for the camera')
    .addOption(
      new Option('--password-stdin', 'take the password from standard input').conflicts('passwordFile'),
    )
    .option('--password-file <file>', 'take the password from this file')
    .addOption(
      new Option('--transport <way>', 'how RTSP carries the pictures').choices(['tcp', 'udp']).default('tcp'),
    );
}

export interface CameraTarget {
  camera: CameraConfig;
  password: string | undefined;
}

/** Throws `usage.camera-url` for an address that is none, `usage.password` for a password that cannot be had. */
export async function targetOf(given: string, options: LoginOptions, id: string): Promise<CameraTarget> {
  const { cameraSchema } = await import('../config/index.ts');
  const { url, login } = withoutLogin(given);
  const username = options.username ?? login?.username;
  let password = login?.password;
  if (options.passwordStdin) password = await secretFromPipe();
  else if (options.passwordFile !== undefined) password = passwordIn(options.passwordFile);
  else if (username !== undefined && password === undefined && canAsk())
    password = await askSecret('Password');
  const parsed = cameraSchema.safeParse({
    id,
    url,
    transport: options.transport,
    ...(username && { username }),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const what = issue!.path[0] === 'id' ? `an id of ${issue!.message}` : issue!.message;
    throw new AnprError('usage.camera-url', `wanted ${what}`, 'Like: rtsp://192.0.2.10:554/stream1');
  }
  return { camera: parsed.data, password: password || undefined };
}

/** An address as it stands in many manuals, with the login in it: that is taken apart, never kept. */
function withoutLogin(given: string): { url: string; login?: { username: string; password: string } } {
  const match = /^(rtsps?:\/\/)([^/?#]*)@(.*)$/i.exec(given);
  if (!match) return { url: given };
  const [username, ...rest] = match[2]!.split(':');
  return {
    url: match[1]! + match[3]!,
    login: { username: decoded(username!), password: decoded(rest.join(':')) },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function passwordIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new AnprError(
      'usage.password',
      `wanted a password in ${file}, found ${foundInstead(error)}`,
      'Name another file.',
    );
  }
}

/** The doctor's probes of this one camera; each is shown as it ends when there is somewhere to show it. */
export async function tried(
  { camera, password }: CameraTarget,
  output: Output | undefined,
): Promise<{ results: ProbeResult[]; verdict: Verdict }> {
  const { probeCamera, probeCameraClock, worst } = await import('../health/index.ts');
  const { signal } = new AbortController();
  const show = (result: ProbeResult) => {
    if (output) for (const line of resultLines(output, result)) output.line(line);
    return result;
  };
  const clock = camera.url.startsWith('file:') ? [] : [probeCameraClock(camera, signal).then(show)];
  const looked = probeCamera(
    camera,
    { agent: undefined, ...(password !== undefined && { password }) },
    signal,
  );
  const results = await Promise.all([looked.then(show), ...clock]);
  return { results, verdict: worst(results.map(({ verdict }) => verdict)) };
}
