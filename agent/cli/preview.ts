// `anpr preview`: a page with a camera's live picture, for a browser here or at the end of a tunnel. It is there as long as
// this command runs, and this command as long as somebody looks.

import { hostname, userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { AnprError } from '../shared/errors.ts';
import { type Language, languages } from '../shared/languages.ts';
import { type Connection, findAgent } from './connection.ts';
import { configOption, count, example, reasonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { unknownCamera } from './snapshot.ts';
import { wrap } from './table.ts';
import { tunnelLine } from './tunnel.ts';

const LEAST_WIDTH_PX = 320;
const MOST_WIDTH_PX = 1920;
const USUAL_WIDTH_PX = 1280;

interface PreviewOptions {
  config?: string;
  port?: number;
  width: number;
  language?: Language;
  reason?: string;
}

export function registerPreview(program: Command): void {
  const command = program
    .command('preview')
    .description(
      'show a camera live in a browser, with what is read and how it is aimed; ends when the last viewer has gone',
    )
    .argument('<camera>', 'id of the camera')
    .option(
      '--port <port>',
      'of the page, on 127.0.0.1 (default: 8470, or one that is free)',
      count(1, 65_535),
    )
    .option(
      '--width <px>',
      'width of the live picture; less for a slow line',
      count(LEAST_WIDTH_PX, MOST_WIDTH_PX),
      USUAL_WIDTH_PX,
    )
    .addOption(
      new Option('--language <code>', 'of the page: en, nl, fr (default: the browser’s)').choices(languages),
    )
    .addOption(reasonOption())
    .addOption(configOption())
    .action(preview);
  example(
    command,
    'anpr preview gate',
    'ssh -t -L 8470:127.0.0.1:8470 anna@box anpr preview gate --port 8470',
  );
}

async function preview(camera: string, options: PreviewOptions): Promise<void> {
  const output = createOutput();
  const { checkEncoder, startPreview } = await import('../preview/index.ts');
  const { findTools } = await import('../capture/index.ts');
  const api = await agentOf(await findAgent(options.config, options.reason), camera);
  const { site, box } = await api.status();
  const { ffmpeg } = await findTools(process.env.PATH);
  await checkEncoder(ffmpeg);
  const keys = openKeys(output);
  let shown = 0;
  const page = await startPreview({
    camera,
    place: `${site}/${box}`,
    port: options.port,
    widthPx: options.width,
    language: options.language,
    ffmpeg,
    async connect() {
      const { api, reason } = await findAgent(options.config, options.reason);
      if (!api) throw reason;
      return api;
    },
    onViewers(count) {
      if (count === shown) return;
      shown = count;
      output.line(
        count === 0 ? 'The last viewer has gone.' : `${count} ${count === 1 ? 'viewer' : 'viewers'}.`,
      );
    },
  }).catch((error) => {
    keys.close();
    throw error;
  });
  const { SSH_CONNECTION, SUDO_USER } = process.env;
  const user = SUDO_USER ?? userInfo().username;
  output.line(`Camera ${camera}, in a browser on this machine:`);
  output.line(`\n  ${output.paint('bold', page.address())}\n`);
  output.line('From another machine open this tunnel there first, then the same address:');
  const line = tunnelLine(page.port, { sshConnection: SSH_CONNECTION, user, hostname: hostname() });
  output.line(`\n  ${output.paint('bold', line)}\n`);
  const how = 'The address works once. It ends when the last viewer has gone';
  for (const text of wrap(
    `${how}${keys.areRead ? ', or on q; Enter prints another address.' : '.'}`,
    output.width,
  ))
    output.line(text);
  keys.onEnter(() => output.line(`For one more browser:\n\n  ${output.paint('bold', page.address())}\n`));
  try {
    const end = await Promise.race([page.ended, keys.ended]);
    if (end === 'nobody') output.line('Nobody came: the preview has ended.');
  } finally {
    keys.close();
    await page.close();
  }
}

async function agentOf({ api, config, reason }: Connection, camera: string) {
  if (!api) {
    // A wrong name is to be told before a missing agent.
    if (config && !config.cameras.some(({ id }) => id === camera))
      throw unknownCamera(camera, config.cameras);
    throw reason;
  }
  const { cameras } = await api.status();
  if (cameras.some(({ id }) => id === camera)) return api;
  const configured = config?.cameras.find(({ id }) => id === camera);
  if (!configured) throw unknownCamera(camera, config?.cameras ?? cameras);
  throw new AnprError(
    'camera.missing',
    `camera "${camera}" is in the configuration, but the running agent does not have it`,
    configured.enabled
      ? 'Restart the agent: systemctl restart anpr'
      : 'It is switched off: set its enabled to true.',
  );
}

interface Keys {
  areRead: boolean;
  ended: Promise<void>;
  onEnter(print: () => void): void;
  close(): void;
}

/** q, Escape, Ctrl-C or a signal ends it; Enter asks for another address. */
function openKeys({ live }: Output): Keys {
  const { stdin } = process;
  const areRead = live && stdin.isTTY === true;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  let print = () => {};
  const onKey = (key: Buffer) => {
    const pressed = key.toString('latin1');
    if (['q', 'Q', '\u0003', '\u001b'].includes(pressed)) end();
    else if (['\r', '\n'].includes(pressed)) print();
  };
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
  if (areRead) {
    stdin.setRawMode(true);
    stdin.on('data', onKey).resume();
  }
  return {
    areRead,
    ended: promise,
    onEnter(wanted) {
      print = wanted;
    },
    close() {
      process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', end);
      if (!areRead) return;
      stdin.off('data', onKey).pause();
      stdin.setRawMode(false);
    },
  };
}
