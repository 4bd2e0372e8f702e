// `anpr support-bundle`: one archive with all that helps somebody who is not there, and nothing secret in it.

import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { AnprError, codeOf } from '../shared/errors.ts';
import type { BundleSource } from '../support/index.ts';
import { findAgent } from './connection.ts';
import { openOffline } from './offline.ts';
import { configOption, example, reasonOption } from './options.ts';
import { createOutput } from './output.ts';
import { localTime, sizeText } from './times.ts';
import { willBeWritten, written } from './written.ts';

interface BundleOptions {
  config?: string;
  output?: string;
  withTexts?: true;
  withPictures?: true;
  log: string[];
  reason?: string;
}

/** nobody but who made it */
const FILE_MODE = 0o600;
const MAX_READS = 10_000;

export function registerSupportBundle(program: Command): void {
  const command = program
    .command('support-bundle')
    .description('put everything that helps the support into one archive, without anything secret')
    .option('-o, --output <file>', 'where to (default: anpr-SITE-BOX-DATE-TIME.tar.gz here)')
    .option('--with-texts', "also the plates of the last hour's reads")
    .option('--with-pictures', "also the pictures of the last hour's reads (plates can be read in them)")
    .option('--log <file...>', "also these logs (the unit's own is in it anyway)", [])
    .addOption(reasonOption())
    .addOption(configOption())
    .action(make);
  example(command, 'anpr support-bundle', 'anpr support-bundle -o - | ssh me@laptop "cat > bundle.tar.gz"');
}

async function make(options: BundleOptions): Promise<void> {
  const toPipe = options.output === '-';
  const { bundleFiles, tarGz } = await import('../support/index.ts');
  const source = await sourceFor(options);
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  const now = Date.now();
  const stamp = localTime(now).replaceAll(/[-:]/g, '').replace(' ', '-');
  const box = source.config ? `${source.config.site}-${source.config.box}-` : '';
  const file = options.output ?? `anpr-${box}${stamp}.tar.gz`;
  const output = createOutput();
  const gather = async () => {
    if (!toPipe) {
      willBeWritten(file);
      output.line('Gathering: probes, logs, versions, reads of the last hour …');
    }
    return bundleFiles(source, {
      ...{ texts: options.withTexts === true, pictures: options.withPictures === true },
      ...{ logs: options.log, signal: abort.signal, now },
    });
  };
  const files = await gather().finally(() => source.close());
  const archive = tarGz(files, now);
  if (toPipe) {
    process.stdout.write(archive);
    return;
  }
  written(file, () => writeFileSync(file, archive, { mode: FILE_MODE }));
  for (const { name, content } of files)
    output.line(`  ${sizeText(Buffer.byteLength(content as string)).padStart(9)}  ${name}`);
  output.line(`Written: ${file} (${sizeText(archive.length)}).`);
  output.line(`Look into it before you send it: tar tzf ${file}`);
}

/** The running agent, else the journal's file; without either the reads say why they are missing. */
async function sourceFor({ config: given, reason: why }: BundleOptions): Promise<BundleSource> {
  const { configPath } = await import('../config/index.ts');
  const configFile = configPath(given);
  const none = (error: unknown): BundleSource => ({
    ...{ configFile, config: undefined, agent: undefined },
    metrics: () => Promise.reject(error),
    reads: () => Promise.reject(error),
    picture: async () => undefined,
    close: async () => {},
  });
  try {
    const { config, api, reason } = await findAgent(given, why);
    if (api)
      return {
        ...{ configFile, config, agent: await api.status() },
        metrics: api.metrics,
        reads: (from) => api.reads({ from, limit: MAX_READS }),
        picture: ({ id }, kind) => api.picture(id, kind),
        close: async () => {},
      };
    if (!config) return none(reason);
    const { createEvidenceStore } = await import('../evidence/index.ts');
    let opened: ReturnType<typeof openOffline> | undefined;
    const journal = () => (opened ??= openOffline(config, why));
    return {
      ...{ configFile, config, agent: undefined },
      metrics: () => Promise.reject(reason),
      reads: async (from) => (await journal()).reads({ from, limit: MAX_READS }),
      async picture({ id, at }, kind) {
        const { keys } = await journal();
        return createEvidenceStore({ ...config.evidence, keys }).get(id, kind, at);
      },
      close: async () => (await opened?.catch(() => undefined))?.close(),
    };
  } catch (error) {
    if (!(error instanceof AnprError) || !/^(config|api)\./.test(codeOf(error))) throw error;
    return none(error);
  }
}
