// A change of the configuration as a change of its lines. The YAML library writes a whole text anew: it moves comments to the left or
// below the group before them, and loses some. The examples in a configuration are comments, and whoever takes a # away needs
// them where they belong. So of what the library writes only the lines that differ are taken. Pure.

import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';

const saysSomething = (line: string) => /^\s*[^\s#]/.test(line);

/** The library hangs the first comment of an empty group onto the group's own line. */
const withoutComment = (line: string) => line.replace(/\s+#.*$/, '').trimEnd();

/**
 * The text before with the changes of the one after: lines that say something and are in both stay with everything around them,
 * others go and come. Where that would mean anything else, the text after as it is.
 * @param before the text that somebody wrote
 * @param after what it is to mean, written anew from it
 */
export function withLinesAsBefore(before: string, after: string): string {
  const old = before.trimEnd().split('\n');
  const now = after.split('\n').filter(saysSomething);
  const places = old.flatMap((line, at) => (saysSomething(line) ? [at] : []));
  const stays = commonLines(
    places.map((at) => withoutComment(old[at] ?? '')),
    now.map(withoutComment),
  );
  const out: string[] = [];
  let [copied, come] = [0, 0];
  const copyTo = (end: number) => {
    const gone = new Set(places.filter((_, index) => !stays.has(index)));
    for (; copied < end; copied++) if (!gone.has(copied)) out.push(old[copied] ?? '');
  };
  for (const [index, match] of stays) {
    // what came stands right behind the line before it, and not behind the comments that follow that
    for (; come < match; come++) out.push(now[come] ?? '');
    copyTo((places[index] ?? 0) + 1);
    come = match + 1;
  }
  copyTo(old.length);
  out.push(...now.slice(come));
  const text = `${out.join('\n')}\n`;
  return isSame(text, after) ? text : after;
}

function isSame(text: string, other: string): boolean {
  try {
    return isDeepStrictEqual(parse(text), parse(other));
  } catch {
    return false;
  }
}

/** The longest common subsequence: index in the first → index in the second, in order. */
function commonLines(first: readonly string[], second: readonly string[]): Map<number, number> {
  const width = second.length + 1;
  const lengths = new Uint32Array((first.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = first.length - 1; i >= 0; i--)
    for (let j = second.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        first[i] === second[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const common = new Map<number, number>();
  for (let [i, j] = [0, 0]; i < first.length && j < second.length; )
    if (first[i] === second[j]) common.set(i++, j++);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  return common;
}
