// Changes the configuration file for a person, as that person would: everything else in it stays, comments too, and a
// file that would not be right afterwards is not written.

import { realpathSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Document, isSeq, parseDocument } from 'yaml';
import { AnprError } from '../shared/errors.ts';
import { whyNotWritten } from '../shared/file-fault.ts';
import { replaceFile, secretRights } from '../shared/replace-file.ts';
import { withLinesAsBefore } from './lines-policy.ts';
import { parseConfig, readConfigFile } from './load.ts';
import type { CameraConfig } from './schema.ts';

/** What is written of a camera: the rest are defaults. */
export type NewCamera = Pick<CameraConfig, 'id' | 'url'> &
  Partial<Pick<CameraConfig, 'username' | 'transport'>>;

/** folder beside the configuration for secrets that a command puts away */
const SECRETS = 'secrets';

/**
 * Adds a camera at the end of the list; its password goes into a file of its own, for the agent's eyes only.
 * Throws `config.exists` for an id that is taken, `config.*` when the file cannot be read, is wrong or not writable.
 * @returns the password's file, relative to the configuration; undefined without one
 */
export function addCamera(file: string, camera: NewCamera, password?: string): string | undefined {
  const document = opened(file);
  const cameras = document.get('cameras');
  if (isSeq(cameras) && indexOf(cameras, camera.id) >= 0)
    throw new AnprError(
      'config.exists',
      `there is a camera "${camera.id}" in ${file} already`,
      `Choose another id, or take that one out first: anpr camera remove ${camera.id}`,
    );
  const passwordFile = password === undefined ? undefined : join(SECRETS, `camera-${camera.id}`);
  const entry = document.createNode({
    id: camera.id,
    url: camera.url,
    ...(camera.username !== undefined && { username: camera.username }),
    ...(passwordFile !== undefined && { passwordFile }),
    ...(camera.transport !== undefined && camera.transport !== 'tcp' && { transport: camera.transport }),
  });
  if (isSeq(cameras)) cameras.add(entry);
  else document.set('cameras', document.createNode([entry]));
  const text = checked(document, file);
  if (passwordFile !== undefined) writeSecret(join(dirname(file), passwordFile), password!, file);
  replace(file, text);
  return passwordFile;
}

/**
 * Takes a camera out, and with it the password that addCamera has put away. Throws `config.no-camera`, else as addCamera.
 * @returns the password's file that was removed with it
 */
export function removeCamera(file: string, id: string): string | undefined {
  const document = opened(file);
  const cameras = document.get('cameras');
  const index = isSeq(cameras) ? indexOf(cameras, id) : -1;
  if (index < 0) throw noCamera(file, id);
  document.deleteIn(['cameras', index]);
  replace(file, checked(document, file));
  const own = join(SECRETS, `camera-${id}`);
  const path = join(dirname(file), own);
  if (!statSync(path, { throwIfNoEntry: false })) return undefined;
  rmSync(path);
  return own;
}

/**
 * Puts away another password of a camera: into the file that it has, or into one like addCamera's. Throws
 * `config.no-camera`, `config.no-user` where it has no user name, else as addCamera.
 * @returns the password's file, as it stands in the configuration
 */
export function setCameraPassword(file: string, id: string, password: string): string {
  const document = opened(file);
  const cameras = document.get('cameras');
  const index = isSeq(cameras) ? indexOf(cameras, id) : -1;
  if (index < 0) throw noCamera(file, id);
  if (document.getIn(['cameras', index, 'username']) === undefined)
    throw new AnprError(
      'config.no-user',
      `camera "${id}" in ${file} has no username, which a password needs`,
      'Write its username into the configuration first.',
    );
  const given = document.getIn(['cameras', index, 'passwordFile']);
  const passwordFile = typeof given === 'string' ? given : join(SECRETS, `camera-${id}`);
  writeSecret(resolve(dirname(file), passwordFile), password, file);
  if (given !== passwordFile) {
    document.setIn(['cameras', index, 'passwordFile'], passwordFile);
    replace(file, checked(document, file));
  }
  return passwordFile;
}

/** Names of files that `uplink` gets; relative ones start at the configuration's folder. */
export type UplinkFiles = Partial<Record<'caFile' | 'certFile' | 'keyFile', string>>;

/**
 * Names the files of a TLS identity in `uplink`. Throws `config.no-uplink` when there is none over TLS, else as addCamera.
 */
export function setUplinkFiles(file: string, files: UplinkFiles): void {
  const document = opened(file);
  const url = document.getIn(['uplink', 'url']);
  if (typeof url !== 'string' || !url.startsWith('mqtts://'))
    throw new AnprError(
      'config.no-uplink',
      `wanted an uplink.url that starts with mqtts:// in ${file}, found ${url === undefined ? 'none' : String(url)}`,
      'Write the address of the broker into the configuration, then run this again.',
    );
  for (const [key, name] of Object.entries(files)) document.setIn(['uplink', key], name);
  replace(file, checked(document, file));
}

function noCamera(file: string, id: string): AnprError {
  return new AnprError(
    'config.no-camera',
    `there is no camera "${id}" in ${file}`,
    'See which there are: anpr camera list',
  );
}

function indexOf(cameras: { toJSON(): unknown }, id: string): number {
  return (cameras.toJSON() as { id?: unknown }[]).findIndex((camera) => camera?.id === id);
}

function opened(file: string): Document.Parsed {
  const text = readConfigFile(file);
  // What is wrong before cannot be told from what would be wrong after.
  parseConfig(text, file, { checkFiles: false });
  return parseDocument(text);
}

function checked(document: Document.Parsed, file: string): string {
  const text = withLinesAsBefore(
    readConfigFile(file),
    document.toString({ lineWidth: 0, flowCollectionPadding: false }),
  );
  parseConfig(text, file, { checkFiles: false });
  return text;
}

/** Whole or not at all, with the owner and the rights that the file had. A link stays one: what it leads to is replaced. */
function replace(file: string, text: string): void {
  try {
    const { mode, uid, gid } = statSync(file);
    replaceFile(realpathSync(file), text, { mode: mode & 0o777, uid, gid });
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** @throws {AnprError} `config.unwritable` */
function writeSecret(path: string, secret: string, configFile: string): void {
  try {
    replaceFile(path, `${secret}\n`, secretRights(path, configFile));
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): AnprError {
  return new AnprError(
    'config.unwritable',
    `cannot write ${path}: ${whyNotWritten(error)}`,
    'Run this with sudo.',
  );
}
