// `anpr camera`: find cameras, try one, put it into the configuration, take it out again.

import type { Command } from 'commander';
import { AnprError, codeOf } from '../shared/errors.ts';
import { registerCameraAdd } from './camera-add.ts';
import { registerCameraPassword } from './camera-password.ts';
import { type LoginOptions, loginOptions, targetOf, tried } from './camera-try.ts';
import { findAgent } from './connection.ts';
import { summary } from './doctor-list.ts';
import { exitCodes } from './exit-codes.ts';
import { configOption, count, example, jsonOption } from './options.ts';
import { createOutput } from './output.ts';
import { STATE_STYLES } from './status.ts';

export function registerCamera(program: Command): void {
  const camera = program
    .command('camera')
    .description('find, try, add, list and remove cameras, change a password');
  registerDiscover(camera);
  registerProbe(camera);
  registerCameraAdd(camera);
  registerCameraPassword(camera);
  registerList(camera);
  registerRemove(camera);
  example(
    camera,
    'anpr camera discover',
    'anpr camera probe rtsp://192.0.2.10/stream1',
    'sudo anpr camera add',
  );
}

function registerDiscover(camera: Command): void {
  const command = camera
    .command('discover')
    .description('ask all cameras of the network to answer (ONVIF WS-Discovery)')
    .option('--interface <name>', 'search here only, like eth1 (default: all)')
    .option('--seconds <count>', 'listen for so long', count(1, 60), 3)
    .addOption(jsonOption('print one JSON document'))
    .action(async (options: { interface?: string; seconds: number; json?: true }) => {
      const { cameraClock, discoverCameras } = await import('../onvif/index.ts');
      const output = createOutput();
      const found = await discoverCameras({
        interface: options.interface,
        timeoutMs: options.seconds * 1000,
      });
      const all = await Promise.all(
        found.map(async (one) => {
          const service =
            one.services.find((url) => new URL(url).hostname === one.address) ?? one.services[0];
          const clock = service && (await cameraClock({ service, timeoutMs: 2000 }).catch(() => undefined));
          return { ...one, clockAheadMs: clock ? clock.aheadMs : null };
        }),
      );
      if (options.json) output.json(all);
      else if (all.length === 0)
        output.line(
          'No camera has answered. Cameras without ONVIF never do; see that this box is in\ntheir network (ip address), and search one interface with --interface.',
        );
      else
        output.table(
          ['ADDRESS', 'NAME', 'HARDWARE', 'THROUGH', 'CLOCK'],
          all.map((one) => [
            one.address,
            one.name ?? '',
            one.hardware ?? '',
            one.interface,
            one.clockAheadMs === null ? '-' : clockText(one.clockAheadMs),
          ]),
        );
      if (all.length === 0) process.exitCode = exitCodes.failed;
    });
  example(command, 'anpr camera discover', 'anpr camera discover --interface eth1 --json');
}

const clockText = (aheadMs: number) =>
  Math.abs(aheadMs) < 2500
    ? 'right'
    : `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs < 0 ? 'behind' : 'ahead'}`;

function registerProbe(camera: Command): void {
  const command = camera
    .command('probe')
    .description('try a camera by its address: name, login, stream, picture, clock')
    .argument('<url>', 'rtsp:// address; a login in it is taken out and shown nowhere')
    .addOption(jsonOption('print one JSON document'));
  loginOptions(command).action(async (url: string, options: LoginOptions & { json?: true }) => {
    const output = createOutput();
    const target = await targetOf(url, options, 'camera');
    const { results, verdict } = await tried(target, options.json ? undefined : output);
    if (options.json) output.json({ verdict, results });
    else output.line(summary(output, results));
    if (verdict === 'fail') process.exitCode = exitCodes.failed;
    else if (verdict === 'warn') process.exitCode = exitCodes.warned;
  });
  example(
    command,
    'anpr camera probe rtsp://192.0.2.10/stream1 --username anpr',
    'anpr camera probe rtsp://192.0.2.10/s1 --username anpr --password-stdin < pw',
  );
}

function registerList(camera: Command): void {
  const command = camera
    .command('list')
    .description('list the cameras of the configuration, and what the running agent says of them')
    .addOption(jsonOption('print one JSON document'))
    .addOption(configOption())
    .action(async (options: { config?: string; json?: true }) => {
      const { configPath, loadConfig, resolvedConfig } = await import('../config/index.ts');
      const file = configPath(options.config);
      const { cameras } = resolvedConfig(loadConfig(file, { checkFiles: false }));
      const { api } = await findAgent(options.config).catch((error: unknown) => {
        if (codeOf(error) !== 'api.forbidden') throw error;
        return { api: undefined };
      });
      const status = await api?.status().catch(() => undefined);
      const all = cameras.map(({ id, url, username, enabled, transport }) => ({
        ...{ id, url, username: username ?? null, enabled, transport },
        state: status?.cameras.find((one) => one.id === id)?.state ?? null,
      }));
      const output = createOutput();
      if (options.json) output.json(all);
      else if (all.length === 0) output.line(`No cameras in ${file}. Add one: anpr camera add`);
      else
        output.table(
          ['CAMERA', 'STATE', 'ADDRESS', 'USER', 'OVER'],
          all.map((one) => {
            const text = one.enabled ? (one.state ?? (status ? 'not loaded' : '-')) : 'disabled';
            return [
              one.id,
              { text, style: STATE_STYLES[text] ?? 'dim' },
              one.url,
              one.username ?? '-',
              one.transport,
            ];
          }),
        );
    });
  example(command, 'anpr camera list', "anpr camera list --json | jq -r '.[].url'");
}

function registerRemove(camera: Command): void {
  const command = camera
    .command('remove')
    .description('take a camera out of the configuration, and its password with it')
    .argument('<id>', 'id of the camera')
    .addOption(configOption())
    .action(async (id: string, options: { config?: string }) => {
      const { configPath, loadConfig, removeCamera } = await import('../config/index.ts');
      const { unknownCamera } = await import('./snapshot.ts');
      const file = configPath(options.config);
      try {
        const password = removeCamera(file, id);
        const output = createOutput();
        output.line(
          `Removed camera ${id} from ${file}${password ? `, and its password in ${password}` : ''}.`,
        );
        output.line('Its reads stay.');
        const { takeUp } = await import('./reload.ts');
        await takeUp(loadConfig(file, { checkFiles: false }), output);
      } catch (error) {
        if (!(error instanceof AnprError) || error.code !== 'config.no-camera') throw error;
        throw unknownCamera(id, loadConfig(file, { checkFiles: false }).cameras);
      }
    });
  example(command, 'sudo anpr camera remove gate');
}
