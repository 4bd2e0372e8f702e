// `anpr enrol`: the certificate that the broker knows this box by. The request goes out, the certificate comes in, both as
// files; the private key is made here and stays here.

import type { Command } from 'commander';
import type { Config } from '../config/index.ts';
import { countText } from '../shared/quantities.ts';
import { isoOf } from '../shared/time.ts';
import { configOption, example, jsonOption } from './options.ts';
import { createOutput } from './output.ts';
import { keysOrNew } from './own-keys.ts';

interface EnrolOptions {
  config?: string;
}

export function registerEnrol(program: Command): void {
  const enrol = program
    .command('enrol')
    .description('a certificate for this box: key and request made here, the signed file taken over');
  registerShow(enrol);
  registerRequest(enrol);
  registerAccept(enrol);
  example(enrol, 'sudo anpr enrol request --out north.csr', 'sudo anpr enrol accept north.pem --ca ca.pem');
}

function registerShow(enrol: Command): void {
  const command = enrol
    .command('show')
    .description('show the certificate in use, the request that waits, and whether a renewal is due')
    .addOption(configOption())
    .addOption(
      jsonOption(
        'print one JSON document: {name, certificate: {issuer, validFrom, validTo, daysLeft}, requestedAt, due}',
      ),
    )
    .action(async (options: EnrolOptions & { json?: true }) => {
      const { file, config } = await opened(options);
      const [{ enrolmentOf, nameOf }, { daysLeft }] = await Promise.all([
        import('../enrol/index.ts'),
        import('../shared/certificate-policy.ts'),
      ]);
      const { certificate, pending, due } = enrolmentOf(file);
      const shown = {
        name: nameOf(config),
        certificate: certificate && {
          issuer: certificate.issuer.replaceAll('\n', ', '),
          validFrom: isoOf(certificate.validFromDate.getTime()),
          validTo: isoOf(certificate.validToDate.getTime()),
          daysLeft: daysLeft(certificate.validToDate, new Date()),
        },
        requestedAt: pending && isoOf(pending.requestedAt),
        due,
      };
      const output = createOutput();
      if (options.json) {
        output.json(shown);
        return;
      }
      output.field('Name         ', shown.name);
      output.field(
        'Certificate  ',
        shown.certificate
          ? `by ${shown.certificate.issuer}, until ${shown.certificate.validTo.slice(0, 10)} (${countText(shown.certificate.daysLeft, 'day')})`
          : 'none',
      );
      output.field(
        'Request      ',
        shown.requestedAt ? `waits since ${shown.requestedAt.slice(0, 10)}` : 'none',
      );
      if (due) output.line(`${certificate ? 'A renewal is due' : 'To begin'}: anpr enrol request --out FILE`);
      else if (pending) output.line('When the authority has signed it: anpr enrol accept FILE');
    });
  example(command, 'anpr enrol show', 'anpr enrol show --json');
}

interface RequestOptions extends EnrolOptions {
  out?: string;
  new?: true;
  ifDue?: true;
}

function registerRequest(enrol: Command): void {
  const command = enrol
    .command('request')
    .description(
      'make a key and a certificate request (PKCS#10, PEM); a request that waits is given out again, the certificate in use stays in use',
    )
    .option('--out <file>', 'write the request there; default: standard output')
    .option('--new', 'forget the request that waits, with its key, and make another')
    .option('--if-due', 'do nothing unless it is time for the next certificate (for a timer)')
    .addOption(configOption())
    .action(request);
  example(
    command,
    'sudo anpr enrol request > north.csr',
    'sudo anpr enrol request --if-due --out /var/lib/anpr/renewal.csr',
  );
}

async function request(options: RequestOptions): Promise<void> {
  const { file, config } = await opened(options);
  const { enrolmentOf, makeRequest, nameOf } = await import('../enrol/index.ts');
  const now = enrolmentOf(file);
  if (options.ifDue && !now.due && now.pending === null) return;
  const made = now.pending === null || options.new === true;
  const { request: pem } = made ? makeRequest(file, config, await keysOrNew(file, config)) : now.pending!;
  const said = `${made ? 'New request' : 'The request that waits'} for ${nameOf(config)}`;
  if (options.out === undefined) {
    process.stdout.write(pem);
    process.stderr.write(`${said}. When it is signed: anpr enrol accept FILE\n`);
    return;
  }
  const { replaceFile } = await import('../shared/replace-file.ts');
  const { written } = await import('./written.ts');
  written(options.out, () => replaceFile(options.out!, pem, { mode: 0o644 }));
  const output = createOutput();
  output.line(`${said}: ${output.plain(options.out)}`);
  output.line('When the authority has signed it: anpr enrol accept FILE');
}

function registerAccept(enrol: Command): void {
  const command = enrol
    .command('accept')
    .description('take over the signed certificate, after a look at its key, name, dates, use and authority')
    .argument('<file>', 'the certificate, PEM (with those between it and the authority) or DER')
    .option('--ca <file>', "the authority's certificate (PEM); default: uplink.caFile")
    .addOption(configOption())
    .action(async (certificateFile: string, options: EnrolOptions & { ca?: string }) => {
      const { file, config } = await opened(options);
      const { loadConfig } = await import('../config/index.ts');
      const { acceptCertificate } = await import('../enrol/index.ts');
      const { daysLeft } = await import('../shared/certificate-policy.ts');
      const { certificate, configured } = await acceptCertificate({
        configFile: file,
        config,
        ring: await keysOrNew(file, config),
        file: certificateFile,
        caFile: options.ca,
      });
      const output = createOutput();
      const until = isoOf(certificate.validToDate.getTime()).slice(0, 10);
      output.line(
        `Taken over, valid until ${until} (${countText(daysLeft(certificate.validToDate, new Date()), 'day')}).`,
      );
      if (configured.length === 0) output.line('The agent takes it with its next connection to the broker.');
      else {
        output.line(`Written into ${file}:`);
        output.line(`  ${configured.map((key) => `uplink.${key}`).join(', ')}`);
        const { takeUp } = await import('./reload.ts');
        await takeUp(loadConfig(file, { checkFiles: false }), output);
      }
    });
  example(command, 'sudo anpr enrol accept north.pem --ca ca.pem');
}

async function opened({ config: option }: EnrolOptions): Promise<{ file: string; config: Config }> {
  const { configPath, loadConfig } = await import('../config/index.ts');
  const file = configPath(option);
  return { file, config: loadConfig(file, { checkFiles: false }) };
}
