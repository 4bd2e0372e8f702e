// ffmpeg: there, new enough, and able to do what capture asks of it.

import { runCommand } from '../command.ts';
import { type Probe, resultOf } from '../probe.ts';

const OLDEST_MAJOR = 5;
/** read from a cold disk with its hundred libraries it took 6 s on a busy machine */
const TIMEOUT_MS = 12_000;
const WANTED = {
  protocols: ['pipe', 'file', 'rtp', 'udp', 'tcp'],
  demuxers: ['rtsp', 'concat', 'mov'],
  decoders: ['h264', 'hevc'],
} as const;

const findings = {
  good: { verdict: 'ok', cause: 'ffmpeg is there and can do what the agent needs', advice: null },
  missing: {
    verdict: 'fail',
    cause: 'there is no ffmpeg in PATH',
    advice: 'Install it: apt install ffmpeg.',
  },
  broken: {
    verdict: 'fail',
    cause: 'ffmpeg is there but does not run',
    advice: 'Run ffmpeg -version by hand, and install it again: apt install --reinstall ffmpeg.',
  },
  slow: {
    verdict: 'warn',
    cause: 'ffmpeg is there and did not say its version in time: the box is very busy, or its disk slow',
    advice: 'Look again in a minute; if it stays so, see what is slow with top and anpr doctor --only disk.',
  },
  old: {
    verdict: 'fail',
    cause: `ffmpeg is older than ${OLDEST_MAJOR}`,
    advice: `Install ffmpeg ${OLDEST_MAJOR} or later (Debian 12, Ubuntu 24.04 and later have it).`,
  },
  lacking: {
    verdict: 'fail',
    cause: 'this ffmpeg was built without something that the agent needs',
    advice: "Install the distribution's own ffmpeg instead: apt install ffmpeg.",
  },
  'no-ffprobe': {
    verdict: 'warn',
    cause: 'ffmpeg is there without ffprobe, which the doctor measures streams with',
    advice: "Install the distribution's own ffmpeg, which has ffprobe: apt install ffmpeg.",
  },
} as const;

export const probe: Probe = {
  id: 'ffmpeg',
  group: 'software',
  title: 'ffmpeg',
  timeoutMs: TIMEOUT_MS + 2000,
  findings,
  applies: () => true,
  async run(_context, signal) {
    const say = (finding: keyof typeof findings, measured: string, data = {}) =>
      resultOf('ffmpeg', findings, finding, measured, data);
    const ask = (...args: string[]) =>
      runCommand('ffmpeg', ['-hide_banner', ...args], { timeoutMs: TIMEOUT_MS, signal });
    const [about, protocols, demuxers, decoders, ffprobe] = await Promise.all([
      ask('-version'),
      ask('-protocols'),
      ask('-demuxers'),
      ask('-decoders'),
      runCommand('ffprobe', ['-version'], { timeoutMs: TIMEOUT_MS, signal }),
    ]);
    if (about.missing) return say('missing', 'no ffmpeg in PATH');
    if ([about, protocols, demuxers, decoders].some(({ ended }) => ended))
      return say('slow', `no answer within ${TIMEOUT_MS / 1000} s`);
    const version = /^ffmpeg version (\S+)/m.exec(about.stdout)?.[1];
    if (!version)
      return say('broken', `it says: ${(about.stderr || about.stdout).trim().slice(0, 200) || 'nothing'}`);
    const lacking = [
      ...lackingIn('protocol', WANTED.protocols, protocols.stdout),
      ...lackingIn('demuxer', WANTED.demuxers, demuxers.stdout),
      ...lackingIn('decoder', WANTED.decoders, decoders.stdout),
    ];
    const data = { version, lacking };
    const major = majorOf(version);
    if (major !== undefined && major < OLDEST_MAJOR) return say('old', `version ${version}`, data);
    if (lacking.length) return say('lacking', `version ${version} lacks ${lacking.join(', ')}`, data);
    if (ffprobe.missing) return say('no-ffprobe', `version ${version}`, data);
    return say('good', `version ${version}`, data);
  },
};

/** `5.1.9-0+deb12u1`, `n7.0`, `7:6.1`; a build from git (`N-1234-g…`) is new enough for all we know. */
function majorOf(version: string): number | undefined {
  const match = /^n?(?:\d+:)?(\d+)\.\d/.exec(version);
  return match ? Number(match[1]) : undefined;
}

/** Lists have a name a line, demuxers several with commas, with flags before them. */
function lackingIn(what: string, wanted: readonly string[], list: string): string[] {
  const names = new Set(list.split('\n').flatMap((line) => line.trim().split(/[\s,]+/)));
  return wanted.filter((name) => !names.has(name)).map((name) => `${what} ${name}`);
}
