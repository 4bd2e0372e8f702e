// Which file system a folder lies on and with which options, from /proc/self/mountinfo (proc(5)). Pure.

export interface Mount {
  /** major:minor of the device */
  device: string;
  mountPoint: string;
  type: string;
  source: string;
  /** of the mount and of the file system together */
  options: string[];
}

/** The mount that `folder` (absolute, without links) lies on; the last one where several lie over each other. */
export function mountOf(mountinfo: string, folder: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const [, , device, , mountPoint, options] = before!.split(' ');
    const [type, source, superOptions] = after?.split(' ') ?? [];
    if (!device || !mountPoint || !options || !type || !source) continue;
    const point = unescaped(mountPoint);
    if (folder !== point && !folder.startsWith(point === '/' ? '/' : `${point}/`)) continue;
    if (best && point.length < best.mountPoint.length) continue;
    const all = [...options.split(','), ...(superOptions ?? '').split(',')].filter(Boolean);
    best = { device, mountPoint: point, type, source: unescaped(source), options: [...new Set(all)] };
  }
  return best;
}

export type MountFinding =
  | 'good'
  | 'unsafe-writeback'
  | 'unsafe-barrier'
  | 'in-memory'
  | 'overlay'
  | 'network'
  | 'no-journal';

const IN_MEMORY = new Set(['tmpfs', 'ramfs']);
const NETWORK = /^(nfs\d?|cifs|smb3?|9p|virtiofs|fuse\.sshfs)$/;
/** without a journal of their own: a power cut can take files that were whole */
const NO_JOURNAL = /^(vfat|exfat|msdos|ext2)$/;

export function mountFinding({ type, options }: Mount): MountFinding {
  if (options.includes('data=writeback')) return 'unsafe-writeback';
  if (options.some((option) => option === 'nobarrier' || option === 'barrier=0')) return 'unsafe-barrier';
  if (IN_MEMORY.has(type)) return 'in-memory';
  if (type === 'overlay' || type === 'aufs') return 'overlay';
  if (NETWORK.test(type)) return 'network';
  return NO_JOURNAL.test(type) ? 'no-journal' : 'good';
}

/** Spaces and the like are written as octal numbers: `\040`. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
