// What ffmpeg says on stderr, sorted: weather that every stream has now and then, damage worth counting, a camera that
// refuses, and ends that have a reason a technician can act on. Also the facts about the stream that stand there.
// Pure; the table in the test has real lines of ffmpeg 5, 6 and 7.

export type Verdict =
  /** says nothing that matters */
  | 'ignore'
  /** the picture suffers; worth a debug line, never a restart */
  | 'degrade'
  /** the camera answers, and says no: login or address */
  | 'refused'
  /** hardware decoding does not work on this machine */
  | 'no-hardware'
  /** why the child is about to end */
  | 'fatal';

export interface Judgement {
  verdict: Verdict;
  /** for people, without secrets, when the verdict gives one */
  reason?: string;
}

export interface StreamFacts {
  codec: string;
  widthPx: number;
  heightPx: number;
  /** as the camera announces it; undefined when it does not */
  announcedFps: number | undefined;
}

type Rule = [pattern: RegExp, verdict: Verdict, reason?: (match: RegExpMatchArray) => string];

/** First match wins. */
const RULES: Rule[] = [
  [
    /401 Unauthorized/i,
    'refused',
    () => 'the camera refuses the login (401): check username and passwordFile',
  ],
  [/403 Forbidden/i, 'refused', () => 'the camera forbids this user the stream (403): check its user rights'],
  [
    /404 (Stream )?Not Found/i,
    'refused',
    () => 'the camera knows no such stream (404): check the path in url',
  ],
  [/\b454 Session Not Found/i, 'fatal', () => 'the camera has ended the session (454)'],
  [
    /\b453 Not Enough Bandwidth|\b503 Service Unavailable/i,
    'refused',
    () => 'the camera has no session left: another client holds it',
  ],
  [
    /\b461 Unsupported Transport|Nonmatching transport/i,
    'refused',
    () => 'the camera does not offer this transport: try the other one of tcp and udp',
  ],
  [
    /(method \w+ failed: |Server returned )((?:4\d\d|5\d\d)[ \w]*)/i,
    'refused',
    (match) => `the camera answers "${match[2]!.trim()}"`,
  ],
  [/Connection refused/i, 'fatal', () => 'nothing listens at the camera’s address (connection refused)'],
  [
    /No route to host|Network is unreachable/i,
    'fatal',
    () => 'there is no way to the camera (no route to host)',
  ],
  [/Failed to resolve hostname (\S+?):/i, 'fatal', (match) => `the name ${match[1]} cannot be resolved`],
  [/Connection timed out|Operation timed out/i, 'fatal', () => 'the camera does not answer (timed out)'],
  [/Connection reset by peer/i, 'fatal', () => 'the camera has closed the connection'],
  [/No space left on device/i, 'fatal', () => 'no space left in the memory folder for frames'],
  [
    /Device creation failed|Device setup failed|No device available for decoder|Could not find a valid device|can't configure decoder|hwaccel initialisation returned error|Failed setup for format (vaapi|cuda)|Cannot load lib(cuda|nvcuvid)|No VA display found|Failed to initialise VAAPI|Unknown decoder '\w+_v4l2m2m'/i,
    'no-hardware',
    (match) => match[0],
  ],
  [/matches no streams/i, 'fatal', () => 'there is no video in the stream'],
  [/moov atom not found/i, 'fatal', () => 'the video file is cut short or not a video (no index in it)'],
  [
    /^(?:\[[^\]]*\] )?Error opening input.*No such file|^file:.*No such file or directory/i,
    'fatal',
    () => 'no such file',
  ],
  [
    /^file:.*Permission denied|Error opening input.*Permission denied/i,
    'fatal',
    () => 'the video file may not be read',
  ],
  [
    /^(pipe:0|file:.*|.*Error opening input.*): Invalid data found when processing input/i,
    'fatal',
    () => 'what came is no video stream',
  ],
  [
    /Decoder \(codec (\w+)\) not found|Unsupported codec/i,
    'fatal',
    (match) => `ffmpeg cannot decode ${match[1] ?? 'this'}`,
  ],
  [
    /error while decoding MB|non-existing PPS|no frame!|concealing \d+|cabac decode|left block unavailable|top block unavailable|Missing reference picture|reference picture missing|mmco: unref short|number of reference frames .* exceeds|decode_slice_header error|Could not find ref with POC|First slice in a frame missing|PPS id out of range|sps_id .* out of range|Invalid NAL unit|Error submitting packet to decoder|Error while decoding stream|RTP: (missed|dropping)|max delay reached|jitter buffer full|corrupt decoded frame|corrupted macroblock|Non-monotonous DTS|non monotonically|Timestamps are unset|DTS discontinuity|out of order/i,
    'degrade',
  ],
];

export function judge(line: string): Judgement {
  for (const [pattern, verdict, reason] of RULES) {
    const match = line.match(pattern);
    if (match) return reason ? { verdict, reason: reason(match) } : { verdict };
  }
  return { verdict: 'ignore' };
}

/** The worse of two: what is kept as the reason of an end. The first of equals stays, ffmpeg names the cause first. */
export function worse(before: Judgement | undefined, after: Judgement): Judgement | undefined {
  const rank: Record<Verdict, number> = { ignore: 0, degrade: 0, fatal: 1, 'no-hardware': 2, refused: 3 };
  if (rank[after.verdict] === 0) return before;
  return before && rank[before.verdict] >= rank[after.verdict] ? before : after;
}

/** `Stream #0:0: Video: h264 (Main), yuv420p(progressive), 1920x1080, 25 fps, …`, input or output alike. */
export function streamFacts(line: string): StreamFacts | undefined {
  const match = /^\s*Stream #\d+:\d+.*: Video: (\w+).*?, (\d{2,5})x(\d{2,5})(?:[ ,]|$)(.*)$/.exec(line);
  if (!match) return undefined;
  const fps = /([\d.]+)(k?) fps/.exec(match[4]!);
  return {
    codec: match[1]!,
    widthPx: Number(match[2]),
    heightPx: Number(match[3]),
    announcedFps: fps ? Number(fps[1]) * (fps[2] ? 1000 : 1) : undefined,
  };
}

/** Which part of ffmpeg's report a line opens: the camera's stream, the full-size planes or the small one. */
export function section(line: string): 'input' | 'full' | 'small' | undefined {
  if (/^Input #/.test(line)) return 'input';
  if (/^Output #\d+, image2,/.test(line)) return 'full';
  if (/^Output #\d+, nut,/.test(line)) return 'small';
  return undefined;
}

/** ffmpeg ≥ 6.1 says so when the picture changes its size. */
export function tellsOfNewSize(line: string): boolean {
  return /Reconfiguring filter graph|Changing video frame properties on the fly/.test(line);
}

/** No login in an address, and none of the known secrets anywhere. */
export function redacted(line: string, secrets: readonly string[]): string {
  let clean = line.replace(/(\w+:\/\/)[^\s/'"]*@/g, '$1***@');
  for (const secret of secrets) if (secret) clean = clean.replaceAll(secret, '***');
  return clean;
}
