// `anpr camera password`: the camera's password was changed; the agent gets the new one.

import type { Command } from 'commander';
import { AnprError } from '../shared/errors.ts';
import { askSecret, canAsk, secretFromPipe } from './ask.ts';
import { keptPassword } from './kept-password.ts';
import { configOption, example } from './options.ts';
import { createOutput } from './output.ts';

export function registerCameraPassword(camera: Command): void {
  const command = camera
    .command('password')
    .description('put away another password for a camera; the running agent takes it up')
    .argument('<id>', 'id of the camera')
    .option('--password-stdin', 'take the password from standard input')
    .addOption(configOption())
    .action(setPassword);
  example(command, 'sudo anpr camera password gate', 'anpr camera password gate --password-stdin < password');
}

async function setPassword(id: string, options: { config?: string; passwordStdin?: true }): Promise<void> {
  const { configPath, loadConfig, setCameraPassword } = await import('../config/index.ts');
  const file = configPath(options.config);
  const config = loadConfig(file, { checkFiles: false });
  if (!config.cameras.some((camera) => camera.id === id)) {
    const { unknownCamera } = await import('./snapshot.ts');
    throw unknownCamera(id, config.cameras);
  }
  const password = options.passwordStdin ? await secretFromPipe() : await asked();
  const { text, how } = await keptPassword(file, config, password);
  const output = createOutput();
  output.line(`Password of ${id} written to ${setCameraPassword(file, id, text)}${how}.`);
  const { takeUp } = await import('./reload.ts');
  await takeUp(loadConfig(file, { checkFiles: false }), output);
}

async function asked(): Promise<string> {
  if (!canAsk())
    throw new AnprError(
      'usage.missing',
      'wanted --password-stdin, and there is nobody to ask',
      'See: anpr camera password --help',
    );
  return askSecret('Password');
}
