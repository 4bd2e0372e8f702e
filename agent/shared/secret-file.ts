// Secrets come from files, never from the configuration itself: a path, or the bare name of a systemd credential
// (LoadCredential= in the unit), which systemd shows to the agent alone. Nothing here puts a secret into an error.

import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { AnprError, codeOf } from './errors.ts';
import { foundInstead } from './file-fault.ts';

export interface SecretOptions {
  /** folder that a relative path starts from: the configuration's; default: the working directory */
  folder?: string;
  /** hears of a file that others may read too */
  warn?: (message: string) => void;
  /** default: process.env; a test brings its own */
  environment?: Record<string, string | undefined>;
  /** default: where systemd shows the running agent its credentials; a test brings its own */
  serviceCredentials?: string;
}

/** Root may look there: `sudo anpr doctor` logs in with what the service has. */
const SERVICE_CREDENTIALS = '/run/credentials/anpr.service';

const MAX_SECRET_BYTES = 64 * 1024;

/**
 * The file a secret's name stands for: a path with a slash is itself (relative to `folder`); a bare name is the
 * systemd credential of that name when there is one, of this process or of the service, else a file in `folder`.
 */
export function secretPath(nameOrPath: string, options: SecretOptions = {}): string {
  const folder = options.folder ?? process.cwd();
  if (isAbsolute(nameOrPath)) return nameOrPath;
  const { CREDENTIALS_DIRECTORY } = options.environment ?? process.env;
  if (!nameOrPath.includes('/'))
    for (const credentials of [CREDENTIALS_DIRECTORY, options.serviceCredentials ?? SERVICE_CREDENTIALS]) {
      const credential = credentials && join(credentials, nameOrPath);
      if (credential && isThere(credential)) return credential;
    }
  return resolve(folder, nameOrPath);
}

/** Whoever may not look into the folder has no credential there. */
function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/**
 * The secret in a file or systemd credential, without the newline that editors and `echo` leave at its end.
 * Throws `config.secret` when it cannot be read, is empty or is no text.
 */
export function readSecret(nameOrPath: string, options: SecretOptions = {}): string {
  const path = secretPath(nameOrPath, options);
  let text: string;
  try {
    const { mode, size } = statSync(path);
    if (size > MAX_SECRET_BYTES) throw new Error(`it has ${size} bytes, wanted at most ${MAX_SECRET_BYTES}`);
    if (mode & 0o004)
      options.warn?.(`everybody on this machine may read the secret in ${path}: chmod 640 ${path}`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new AnprError(
      'config.secret',
      `wanted a secret in ${path}, found ${foundInstead(error)}`,
      codeOf(error) === 'EACCES'
        ? `Let the user that runs this read it: chgrp anpr ${path} && chmod 640 ${path}`
        : `Write the secret into ${path}, or give the unit LoadCredential=${nameOrPath.split('/').at(-1)}:…`,
    );
  }
  const secret = text.replace(/\r?\n$/, '');
  if (!secret) throw new AnprError('config.secret', `wanted a secret in ${path}, found an empty file`);
  return secret;
}
