// `anpr config`: begin a configuration, check it, show what it comes to, and hand editors its schema.

import type { Command } from 'commander';
import { countText } from '../shared/quantities.ts';
import { configOption, example, jsonOption } from './options.ts';
import { createOutput } from './output.ts';

export function registerConfig(program: Command): void {
  const config = program.command('config').description('begin, check, show and take up the configuration');
  registerInit(config);
  registerCheck(config);
  registerShow(config);
  registerReload(config);
  registerSchema(config);
  example(config, 'anpr config init --site e19 --box north /etc/anpr/agent.yaml', 'anpr config check');
}

function registerInit(config: Command): void {
  const command = config
    .command('init')
    .description('write a configuration that explains itself, with site and box filled in')
    .argument('[file]', 'where to (default: $ANPR_CONFIG, else /etc/anpr/agent.yaml)')
    .option('--site <id>', 'name of the site in topics', 'site')
    .option('--box <id>', "name of this box in topics (default: this machine's name)")
    .option('--force', 'overwrite the file if it is there')
    .action(async (file: string | undefined, options: { site: string; box?: string; force?: true }) => {
      const { configPath, DEFAULT_CONFIG_PATH, initConfig } = await import('../config/index.ts');
      const path = configPath(file);
      const { site, box } = initConfig(path, options);
      const output = createOutput();
      output.field('', `Written: ${path} (site ${site}, box ${box}).`);
      if (path === DEFAULT_CONFIG_PATH)
        output.field('', 'Next: sudo anpr camera add; the broker by hand, then: anpr config check');
      else {
        output.line('Next: put the cameras and the broker into it, then:');
        output.line(`  anpr config check --config ${path}`);
      }
    });
  example(command, 'anpr config init --site e19 --box north ./agent.yaml');
}

function registerCheck(config: Command): void {
  const command = config
    .command('check')
    .description('check the configuration: each problem with its line, and the files that it names')
    .addOption(configOption())
    .addOption(jsonOption('print one JSON document: {file, ok, problems, warnings}'))
    .action(async (options: { config?: string; json?: true }) => {
      const { checkConfig, configPath } = await import('../config/index.ts');
      const file = configPath(options.config);
      const output = createOutput();
      const { config: loaded, error, warnings } = checkConfig(file);
      if (options.json)
        output.json({ file, ok: error === undefined, problems: error?.problems ?? [], warnings });
      else for (const warning of warnings) output.line(`${output.paint('yellow', 'warning')}: ${warning}`);
      if (error) {
        if (!options.json) throw error;
        const { exitCodes } = await import('./exit-codes.ts');
        process.exitCode = exitCodes.usage;
      } else if (!options.json)
        output.line(
          `${file} is right: site ${loaded!.site}, box ${loaded!.box}, ${countText(loaded!.cameras.length, 'camera')}.`,
        );
    });
  example(command, 'anpr config check --config ./agent.yaml');
}

function registerShow(config: Command): void {
  const command = config
    .command('show')
    .description('show the configuration with every default and absolute path; no secrets are in it')
    .addOption(configOption())
    .addOption(jsonOption('print one JSON document instead of YAML'))
    .action(async (options: { config?: string; json?: true }) => {
      const { configPath, loadConfig, resolvedConfig } = await import('../config/index.ts');
      const resolved = resolvedConfig(loadConfig(configPath(options.config), { checkFiles: false }));
      const output = createOutput();
      if (options.json) output.json(resolved);
      else {
        const { stringify } = await import('yaml');
        output.raw(stringify(resolved));
      }
    });
  example(command, 'anpr config show --config ./agent.yaml', "anpr config show --json | jq '.cameras[].id'");
}

function registerReload(config: Command): void {
  const command = config
    .command('reload')
    .description('have the running agent take up what was changed; other cameras are not touched')
    .addOption(configOption())
    .addOption(jsonOption('print one JSON document: {added, removed, changed, uplink, atNextStart}'))
    .action(async (options: { config?: string; json?: true }) => {
      const { findAgent } = await import('./connection.ts');
      const { reloadLines } = await import('./reload.ts');
      const { api, reason } = await findAgent(options.config);
      if (!api) throw reason;
      const reloaded = await api.reload();
      const output = createOutput();
      if (options.json) output.json(reloaded);
      else for (const line of reloadLines(reloaded)) output.field('', line);
    });
  example(command, 'anpr config check && anpr config reload');
}

function registerSchema(config: Command): void {
  const command = config
    .command('schema')
    .description("print the configuration's JSON Schema, for completion in editors")
    .action(async () => {
      const { jsonSchema } = await import('../config/index.ts');
      createOutput().json(jsonSchema());
    });
  example(
    command,
    'anpr config schema > agent.schema.json',
    "then, as the configuration's first line:",
    '# yaml-language-server: $schema=agent.schema.json',
  );
}
