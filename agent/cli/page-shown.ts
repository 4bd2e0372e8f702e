// A page that a command shows for as long as it runs: the address and the tunnel on the terminal, and the keys that end it
// or print one more address.

import { hostname, userInfo } from 'node:os';
import { countText } from '../shared/quantities.ts';
import type { Output } from './output.ts';
import { wrap } from './table.ts';
import { tunnelLine } from './tunnel.ts';

export interface ShownPage {
  port: number;
  /** An address for one more browser. */
  address(): string;
}

/** Prints where a page is, here and from another machine. @param ending what ends it: "It ends when …" */
export function tellAddress(
  output: Output,
  page: ShownPage,
  keys: PageKeys,
  what: string,
  ending: string,
): void {
  const { SSH_CONNECTION, SUDO_USER } = process.env;
  const user = SUDO_USER ?? userInfo().username;
  output.line(`${what}, in a browser on this machine:`);
  output.line(`\n  ${output.paint('bold', page.address())}\n`);
  output.line('From another machine open this tunnel there first, then the same address:');
  const line = tunnelLine(page.port, { sshConnection: SSH_CONNECTION, user, hostname: hostname() });
  output.line(`\n  ${output.paint('bold', line)}\n`);
  const how = `The address works once. ${ending}`;
  const texts = wrap(
    `${how}${keys.areRead ? ', or on q; Enter prints another address.' : '.'}`,
    output.width,
  );
  for (const text of texts) output.line(text);
  keys.onEnter(() => output.line(`For one more browser:\n\n  ${output.paint('bold', page.address())}\n`));
}

/** Says how many look now, when that changes. */
export function tellViewers(output: Output): (count: number) => void {
  let shown = 0;
  return (count) => {
    if (count === shown) return;
    shown = count;
    output.line(count === 0 ? 'The last viewer has gone.' : `${countText(count, 'viewer')}.`);
  };
}

export interface PageKeys {
  areRead: boolean;
  ended: Promise<void>;
  onEnter(print: () => void): void;
  close(): void;
}

/** q, Escape, Ctrl-C or a signal ends it; Enter asks for another address. */
export function openPageKeys({ live }: Output): PageKeys {
  const { stdin } = process;
  const areRead = live && stdin.isTTY === true;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  let print = () => {};
  const onKey = (key: Buffer) => {
    const pressed = key.toString('latin1');
    if (['q', 'Q', '\u0003', '\u001b'].includes(pressed)) end();
    else if (['\r', '\n'].includes(pressed)) print();
  };
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
  if (areRead) {
    stdin.setRawMode(true);
    stdin.on('data', onKey).resume();
  }
  return {
    areRead,
    ended: promise,
    onEnter(wanted) {
      print = wanted;
    },
    close() {
      process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', end);
      if (!areRead) return;
      stdin.off('data', onKey).pause();
      stdin.setRawMode(false);
    },
  };
}
