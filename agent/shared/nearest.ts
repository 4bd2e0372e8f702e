// The word somebody probably meant: for keys, commands, cameras and probes that were mistyped.

/** Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`: optimal string alignment distance. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/**
 * The candidate that `word` was probably meant to be, whatever its case and hyphens; undefined when none is near:
 * a third of the word may be wrong, and a word that begins a candidate (or the other way round) counts as near.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_\s]/g, '');
  const wanted = plain(word);
  let best: string | undefined;
  let bestScore = Infinity;
  for (const candidate of candidates) {
    const other = plain(candidate);
    const edits = editDistance(wanted, other);
    const prefix = wanted.length >= 3 && (other.startsWith(wanted) || wanted.startsWith(other));
    if (edits > Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3)) && !prefix) continue;
    const score = prefix ? Math.min(edits, 1.5) : edits;
    if (score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}
