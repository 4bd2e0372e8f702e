// `anpr camera add`: asks for what is missing, tries the camera, and writes it into the configuration with its password
// put away beside it. With everything given it asks nothing: scripts use it too.

import type { Command } from 'commander';
import type { Stream } from '../onvif/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { ask, canAsk, confirm } from './ask.ts';
import { type CameraTarget, type LoginOptions, loginOptions, targetOf, tried } from './camera-try.ts';
import { keptPassword } from './kept-password.ts';
import { configOption, example } from './options.ts';
import { createOutput, type Output } from './output.ts';

interface AddOptions extends LoginOptions {
  config?: string;
  id?: string;
  untested?: true;
}

export function registerCameraAdd(camera: Command): void {
  const command = camera
    .command('add')
    .description('try a camera and write it into the configuration; asks for what is not given')
    .argument('[url]', 'its rtsp:// address, or just its IP address: its streams are then looked up (ONVIF)')
    .option('--id <id>', 'name of the camera in messages, commands and logs');
  loginOptions(command)
    .option('--untested', 'write it although it cannot be reached now')
    .addOption(configOption())
    .action(add);
  example(
    command,
    'sudo anpr camera add',
    'sudo anpr camera add rtsp://192.0.2.10/stream1 --id gate --username anpr \\',
    '    --password-stdin < password',
  );
}

async function add(given: string | undefined, options: AddOptions): Promise<void> {
  const { addCamera, configPath, loadConfig } = await import('../config/index.ts');
  const output = createOutput();
  const file = configPath(options.config);
  const config = loadConfig(file, { checkFiles: false });
  const taken = config.cameras.map(({ id }) => id);
  const id = options.id ?? (await wanted('--id', () => askId(taken)));
  const where = given ?? (await wanted('<url>', () => ask('Address (rtsp://…, or its IP address)', isGiven)));
  const target = /^[a-z]+:\/\//i.test(where)
    ? await targetOf(where, await withUser(options), id)
    : await fromDevice(where, await withUser(options), id, output);
  if (!options.untested) await judge(target, output);
  const { camera, password } = target;
  const kept = password === undefined ? undefined : await keptPassword(file, config, password);
  const secret = addCamera(file, camera, kept?.text);
  output.line(
    `Added camera ${camera.id} to ${file}${secret ? `, its password to ${secret}${kept?.how ?? ''}` : ''}.`,
  );
  const { takeUp } = await import('./reload.ts');
  await takeUp(loadConfig(file, { checkFiles: false }), output);
}

const isGiven = (answer: string) => (answer ? undefined : 'Please give one.');

function askId(taken: readonly string[]): Promise<string> {
  return ask('Id (letters, digits, _ and -)', (answer) => {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(answer)) return 'Letters, digits, "_" and "-" only.';
    return taken.includes(answer) ? 'There is a camera of that name already.' : undefined;
  });
}

/** Asks on a terminal; elsewhere it says what is missing. */
function wanted(what: string, question: () => Promise<string>): Promise<string> {
  if (canAsk()) return question();
  throw new AnprError(
    'usage.missing',
    `wanted ${what}, and there is nobody to ask`,
    'See: anpr camera add --help',
  );
}

async function withUser(options: AddOptions): Promise<AddOptions> {
  if (options.username !== undefined || !canAsk() || options.id !== undefined) return options;
  const username = await ask('User name (empty: none)');
  return username ? { ...options, username } : options;
}

/** An address without a path: the camera itself knows its streams. */
async function fromDevice(
  host: string,
  options: AddOptions,
  id: string,
  output: Output,
): Promise<CameraTarget> {
  const { cameraStreams, serviceAt } = await import('../onvif/index.ts');
  const { password } = await targetOf(`rtsp://${host}/`, options, id);
  const login =
    options.username === undefined ? undefined : { username: options.username, password: password ?? '' };
  const [name, port] = host.split(':');
  let streams: Stream[];
  try {
    streams = await cameraStreams({ service: serviceAt(name!, Number(port) || 80), login, timeoutMs: 5000 });
  } catch (error) {
    throw new AnprError(
      'camera.no-onvif',
      `${host} does not name its streams over ONVIF: ${messageOf(error)}`,
      "Give its rtsp:// address; the camera's manual has it.",
    );
  }
  if (streams.length === 0)
    throw new AnprError('camera.no-onvif', `${host} has no stream with video`, 'Give its rtsp:// address.');
  const names = streams.map(
    ({ name: title, codec, width, height, fps, url }, index) =>
      `  ${index + 1}  ${title ?? ''} ${codec ?? ''} ${width}x${height} ${fps ?? '?'}/s  ${url}`,
  );
  for (const line of names) output.line(output.plain(line));
  const number = canAsk()
    ? Number(
        await ask(
          'Which',
          (answer) => (streams[Number(answer) - 1] ? undefined : `1 to ${streams.length}`),
          '1',
        ),
      )
    : 1;
  const { url } = streams[number - 1]!;
  const { cameraSchema } = await import('../config/index.ts');
  const { username, transport } = options;
  return {
    camera: cameraSchema.parse({ id, url, transport, ...(username !== undefined && { username }) }),
    password,
  };
}

/** Throws `camera.untested` when it does not work and nobody wants it all the same. */
async function judge(target: CameraTarget, output: Output): Promise<void> {
  const { verdict } = await tried(target, output);
  if (verdict !== 'fail') return;
  if (canAsk() && (await confirm('It does not work now. Add it all the same?', false))) return;
  throw new AnprError(
    'camera.untested',
    'the camera does not work, so it was not added',
    'Mend what is said above, or add it all the same with --untested.',
  );
}
