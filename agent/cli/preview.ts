// `anpr preview`: a page with a camera's live picture, for a browser here or at the end of a tunnel. It is there as long as
// this command runs, and this command as long as somebody looks.

import { type Command, Option } from 'commander';
import type { ApiClient } from '../api/index.ts';
import { AnprError } from '../shared/errors.ts';
import { type Language, languages } from '../shared/languages.ts';
import { type Connection, findAgent } from './connection.ts';
import { configOption, count, example, reasonOption } from './options.ts';
import { createOutput } from './output.ts';
import { openPageKeys, tellAddress, tellViewers } from './page-shown.ts';
import { unknownCamera } from './snapshot.ts';

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
  const keys = openPageKeys(output);
  // the first picture does not wait until the configuration has been read once more
  let found: ApiClient | undefined = api;
  const page = await startPreview({
    camera,
    place: `${site}/${box}`,
    port: options.port,
    widthPx: options.width,
    language: options.language,
    ffmpeg,
    async connect() {
      const first = found;
      found = undefined;
      if (first) return first;
      const { api, reason } = await findAgent(options.config, options.reason);
      if (!api) throw reason;
      return api;
    },
    onViewers: tellViewers(output),
  }).catch((error) => {
    keys.close();
    throw error;
  });
  tellAddress(output, page, keys, `Camera ${camera}`, 'It ends when the last viewer has gone');
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
