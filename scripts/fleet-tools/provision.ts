// From the table and a template to a bundle for each box: the template's configuration with the box's own site, name,
// place and cameras, and the files beside it; locked, and signed with the key of the roll-out.

import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseDocument } from 'yaml';
import {
  CONFIG_NAME,
  type Recipient,
  type Signer,
  type Value,
  writeContainer,
} from '../../agent/backup/index.ts';
import { parseConfig } from '../../agent/config/index.ts';
import { AnprError, messageOf } from '../../agent/shared/errors.ts';
import type { PlannedBox, Problem } from './sites.ts';

export interface ProvisionOptions {
  boxes: readonly PlannedBox[];
  /** folder with agent.yaml, and what else every box gets: secrets/, ca.pem … */
  template: string;
  signer: Signer;
  /** for boxes without a key of their own */
  passphrase: string | undefined;
  out: string;
  /** version of this software */
  agent: string;
  now: number;
  /** heard of each bundle */
  onBundle?: (path: string, box: PlannedBox, sizeBytes: number) => void;
}

/** The Ed25519 key in a PEM file. @throws {AnprError} `fleet.key` */
export function signerFrom(file: string): Signer {
  try {
    const privateKey = createPrivateKey(readFileSync(file));
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`it is ${privateKey.asymmetricKeyType}`);
    const publicKey = createPublicKey(privateKey)
      .export({ format: 'der', type: 'spki' })
      .subarray(-32)
      .toString('base64');
    return { publicKey, sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64') };
  } catch (error) {
    throw new AnprError(
      'fleet.key',
      `wanted a private key Ed25519 (PEM) in ${file}: ${messageOf(error)}`,
      'openssl genpkey -algorithm ed25519 -out fleet.key makes one.',
    );
  }
}

/** What every box gets: names as seen from the template. */
function templateFiles(folder: string): { name: string; path: string }[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => ({ name: relative(folder, path), path }))
    .filter(({ name }) => name !== CONFIG_NAME);
}

/** The configuration of one box. @throws {ConfigError} when the template does not become a right one */
function configTextOf(template: string, { site, box, position, cameras }: PlannedBox): string {
  const document = parseDocument(template);
  document.set('site', site);
  document.set('box', box);
  if (position) document.set('position', document.createNode(position));
  if (cameras.length > 0) {
    const shared = (document.get('cameras') as { toJSON(): unknown } | undefined)?.toJSON();
    // A single camera in the template is what they all have in common.
    const common = Array.isArray(shared) && shared.length === 1 ? (shared[0] as object) : {};
    const entries = cameras.map(({ password, ...camera }) => ({
      ...common,
      ...camera,
      ...(password !== undefined && { passwordFile: passwordFileOf(camera.id) }),
    }));
    document.set('cameras', document.createNode(entries));
  }
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  parseConfig(text, `agent.yaml of ${site}/${box}`, { checkFiles: false });
  return text;
}

const passwordFileOf = (camera: string) => `secrets/camera-${camera}`;
const base64 = (content: string | Buffer) => Buffer.from(content).toString('base64');

function* valuesOf(
  text: string,
  files: { name: string; path: string }[],
  { cameras }: PlannedBox,
): Generator<Value> {
  const own = cameras.flatMap(({ id, password }) =>
    password === undefined ? [] : [{ name: passwordFileOf(id), content: password }],
  );
  const values: Value[] = [
    { kind: 'file', name: CONFIG_NAME, base64: base64(text) },
    ...files.map(({ name, path }): Value => ({ kind: 'file', name, base64: base64(readFileSync(path)) })),
    ...own.map(({ name, content }): Value => ({ kind: 'file', name, base64: base64(content), sealed: true })),
  ];
  yield* values;
  yield { kind: 'end', values: values.length };
}

/** Every configuration is made before the first bundle is written. @returns what is wrong, by line; then nothing was written */
export async function provision(options: ProvisionOptions): Promise<Problem[]> {
  const { boxes, template, signer, passphrase, out, agent, now } = options;
  const text = readFileSync(join(template, CONFIG_NAME), 'utf8');
  const problems: Problem[] = [];
  const planned = boxes.flatMap((box) => {
    if (box.key === undefined && passphrase === undefined)
      problems.push({
        line: box.line,
        message: `${box.site}/${box.box} has no key, and there is no passphrase`,
      });
    try {
      return [{ box, config: configTextOf(text, box) }];
    } catch (error) {
      problems.push({ line: box.line, message: messageOf(error) });
      return [];
    }
  });
  if (problems.length > 0) return problems;
  const files = templateFiles(template);
  mkdirSync(out, { recursive: true });
  for (const { box, config } of planned) {
    const path = join(out, `${box.site}-${box.box}.anpr`);
    const recipient: Recipient =
      box.key === undefined ? { passphrase: passphrase ?? '' } : { publicKey: box.key };
    const about = { kind: 'bundle' as const, agent, site: box.site, box: box.box, createdAt: now };
    await writeContainer(path, about, recipient, signer, valuesOf(config, files, box));
    options.onBundle?.(path, box, statSync(path).size);
  }
  return [];
}
