// Every secret of this box that can be known, so that none of them leaves it: what the configuration's files hold, what
// the environment carries, what somebody wrote into the configuration although it does not belong there.

import { readFileSync } from 'node:fs';
import { type Config, namedFiles } from '../config/index.ts';
import { isSealedPassword, ownKeys, usablePassword } from '../seal/index.ts';

const SECRET_NAME = /pass(word|wd|phrase)?|pwd|secret|token|api[-_]?key|private|credential|psk/i;

/** @param configText the configuration as it stands, right or wrong */
export function knownSecrets(
  config: Config | undefined,
  configText: string,
  environment: NodeJS.ProcessEnv = process.env,
): string[] {
  const files = config ? namedFiles(config) : [];
  const held = files.flatMap(({ path, isSecret }) => {
    if (!isSecret) return [];
    try {
      const text = readFileSync(path, 'utf8');
      const opened = openedText(text, config);
      if (opened !== undefined) return [opened];
      // A key of many lines is searched for line by line too: logs break it up.
      return [text.trim(), ...text.split('\n').map((line) => line.trim())];
    } catch {
      return []; // what this user cannot read, it cannot write down either
    }
  });
  const carried = Object.entries(environment).flatMap(([name, value]) =>
    SECRET_NAME.test(name) && value ? [value] : [],
  );
  const logins = [...configText.matchAll(/:\/\/[^\s/:@]*:([^\s@]+)@/g)].map(([, password]) => password!);
  const written = [...configText.matchAll(/([\w-]+)\s*[:=]\s*("[^"]*"|'[^']*'|\S+)/g)].flatMap(
    ([, name, value]) =>
      SECRET_NAME.test(name!) && !/file$/i.test(name!) ? [value!.replace(/^(["'])(.*)\1$/, '$2')] : [],
  );
  const all = [...held, ...carried, ...logins, ...written].filter(
    (secret) => !/^-----(BEGIN|END)/.test(secret),
  );
  return [...new Set(all)].filter(Boolean);
}

/** What lies under lock in a file; undefined: nothing does, or it does not open here. */
function openedText(text: string, config: Config | undefined): string | undefined {
  if (!config || !isSealedPassword(text)) return undefined;
  try {
    return usablePassword(text, () => ownKeys(config.journal.path).ring);
  } catch {
    return undefined; // whoever cannot open it cannot write it down
  }
}
