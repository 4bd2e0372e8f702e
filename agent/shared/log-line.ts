// A line of the log that every collector takes whole. Pure.

/**
 * Bytes of a line, at most, with its line break. rsyslog cuts a message at 8 KiB as it comes (maxMessageSize), its own
 * header counted; journald splits at 48 KiB (LineMax=), Splunk cuts at 10,000 (TRUNCATE).
 */
export const MAX_LINE_BYTES = 7900;

const CUT = '…';
const MAX_DEPTH = 8;

/** The same JSON object, its longest texts shortened until the line fits; what is no JSON object stays as it is. */
export function fitting(line: string, maxBytes = MAX_LINE_BYTES): string {
  if (line.length * 3 <= maxBytes || Buffer.byteLength(line) <= maxBytes) return line;
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return line;
  // Halved again and again: what has thousands of entries, or depth, is cut as quickly as one long text.
  for (let longest = maxBytes / 2; longest >= 1; longest /= 2) {
    const short = `${JSON.stringify(shortened(fields, Math.floor(longest)))}\n`;
    if (Buffer.byteLength(short) <= maxBytes) return short;
  }
  return `${JSON.stringify({ msg: CUT })}\n`;
}

function shortened(value: unknown, longest: number, depth = 0): unknown {
  if (depth > MAX_DEPTH) return CUT;
  if (typeof value === 'string') return value.length > longest ? cut(value, longest) : value;
  if (Array.isArray(value)) {
    const kept = value.slice(0, longest).map((each) => shortened(each, longest, depth + 1));
    return value.length > longest ? [...kept, CUT] : kept;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const kept = entries
    .slice(0, Math.max(8, longest))
    .map(([key, each]) => [key, shortened(each, longest, depth + 1)]);
  return Object.fromEntries(kept);
}

/** Never in the middle of a character of two units. */
function cut(text: string, length: number): string {
  return `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}${CUT}`;
}
