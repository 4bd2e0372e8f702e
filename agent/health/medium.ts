// The disk behind a file system, and what it tells of its wear.

import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { hostFiles } from './host-files.ts';
import { emmcWear, smartWear, type Wear } from './wear-policy.ts';

export interface Medium {
  /** `mmcblk0`, `nvme0n1`, `sda`; undefined for what is no disk (tmpfs, network) */
  disk: string | undefined;
  wear: Wear | undefined;
}

const SMART_TIMEOUT_MS = 4000;

/** @param device major:minor as mountinfo has it */
export async function mediumOf(device: string, signal: AbortSignal, hostRoot = '/'): Promise<Medium> {
  const disk = diskOf(device, hostRoot);
  if (!disk) return { disk, wear: undefined };
  const files = hostFiles(hostRoot);
  const folder = `sys/block/${disk}/device`;
  const wear = emmcWear(files.text(`${folder}/life_time`), files.text(`${folder}/pre_eol_info`));
  if (wear || !/^(sd|nvme)/.test(disk)) return { disk, wear };
  const { stdout } = await runCommand('smartctl', ['-j', '-a', `/dev/${disk}`], {
    timeoutMs: SMART_TIMEOUT_MS,
    signal,
  });
  return { disk, wear: smartWear(stdout) };
}

/** A partition's folder in /sys lies in its disk's. */
function diskOf(device: string, hostRoot: string): string | undefined {
  const link = join(hostRoot, 'sys/dev/block', device);
  if (!existsSync(link)) return undefined;
  const parts = realpathSync(link).split('/');
  const block = parts.lastIndexOf('block');
  return block < 0 ? undefined : parts[block + 1];
}
