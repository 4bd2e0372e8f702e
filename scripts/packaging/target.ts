// The machines that packages are built for, and what differs between them.

export type Arch = 'amd64' | 'arm64';

export interface Target {
  arch: Arch;
  /** Node's name for the processor, as in `process.arch` and in names of npm packages. */
  cpu: 'x64' | 'arm64';
  /** How `e_machine` in an ELF header says it: EM_X86_64, EM_AARCH64. */
  elfMachine: number;
  /** What an installation may take, bytes: boxes have 8 GB of eMMC, and two versions lie on it during an upgrade. */
  budgetBytes: number;
  /** Programs that take symbols out of this target's binaries, the first that is there does it. */
  strippers: readonly string[];
}

export const targets: Record<Arch, Target> = {
  amd64: {
    arch: 'amd64',
    cpu: 'x64',
    elfMachine: 62,
    budgetBytes: 190e6,
    strippers: ['x86_64-linux-gnu-strip', 'llvm-strip'],
  },
  arm64: {
    arch: 'arm64',
    cpu: 'arm64',
    elfMachine: 183,
    budgetBytes: 170e6,
    strippers: ['aarch64-linux-gnu-strip', 'llvm-strip'],
  },
};
