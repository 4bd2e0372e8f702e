// Which characters the reader loses or invents, counted on reads and pictures whose plate is known: reads say what is left after all pictures
// of a passage were put together, single pictures, of which there are six times as many, what they have too few of.

import type { LostCharacters } from '../../agent/watchlist/index.ts';
import type { TrueRead } from './reads.ts';

const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** what single pictures say counts like so many characters of reads */
const PICTURES_WEIGH = 150;
/** a picture that differs in more is of something else */
const MOST_DIFFERENCES = 2;

export function lostIn(
  reads: readonly TrueRead[],
): Pick<LostCharacters, 'measured' | 'share' | 'characters' | 'inventedShare'> {
  const ofReads = counted(reads.map(({ truth, text }) => ({ truth, text })));
  const looks = reads.flatMap(({ truth, looks }) => looks.map((text) => ({ truth, text })));
  const ofLooks = counted(looks);
  const wrong = reads.filter(({ truth, text }) => text !== truth);
  const lostOne = wrong.filter(
    ({ truth, text }) => text.length === truth.length - 1 && lostFrom(truth, text, 1) !== undefined,
  );
  const inventedOne = wrong.filter(
    ({ truth, text }) => text.length === truth.length + 1 && lostFrom(truth, text, 1) !== undefined,
  );
  const shareOf = (these: readonly TrueRead[]) =>
    Number((these.length / Math.max(1, wrong.length)).toFixed(3));
  return {
    measured: {
      reads: reads.length,
      pictures: looks.length,
      wrong: wrong.length,
      lostOne: lostOne.length,
      inventedOne: inventedOne.length,
    },
    share: shareOf(lostOne),
    inventedShare: shareOf(inventedOne),
    characters: [...CHARACTERS].map((_, index) => {
      const rate = ofLooks.lost[index]! / Math.max(1, ofLooks.there[index]!);
      const seen = ofReads.there[index]! + PICTURES_WEIGH;
      return Number(((ofReads.lost[index]! + PICTURES_WEIGH * rate) / seen).toFixed(4));
    }),
  };
}

function counted(pairs: readonly { truth: string; text: string }[]) {
  const [lost, there] = [CHARACTERS, CHARACTERS].map((all) => [...all].map(() => 0)) as [number[], number[]];
  for (const { truth, text } of pairs) {
    const gone = lostFrom(truth, text);
    if (!gone) continue;
    for (const character of truth) there[CHARACTERS.indexOf(character)]!++;
    for (const character of gone) lost[CHARACTERS.indexOf(character)]!++;
  }
  return { lost, there };
}

/** Characters of `truth` that have no counterpart in `text`, by the shortest edit; undefined: the two differ in too much. */
function lostFrom(truth: string, text: string, most = MOST_DIFFERENCES): string[] | undefined {
  const cost = [...truth, ''].map((_, i) => [...text, ''].map((_, j) => (i === 0 ? j : i)));
  for (let i = 1; i <= truth.length; i++)
    for (let j = 1; j <= text.length; j++) {
      const other = truth[i - 1] === text[j - 1] ? 0 : 1;
      cost[i]![j] = Math.min(cost[i - 1]![j - 1]! + other, cost[i - 1]![j]! + 1, cost[i]![j - 1]! + 1);
    }
  if (cost[truth.length]![text.length]! > most) return undefined;
  const gone: string[] = [];
  for (let [i, j] = [truth.length, text.length]; i > 0; ) {
    const here = cost[i]![j]!;
    const other = truth[i - 1] === text[j - 1] ? 0 : 1;
    if (j > 0 && here === cost[i - 1]![j - 1]! + other) [i, j] = [i - 1, j - 1];
    else if (j > 0 && here === cost[i]![j - 1]! + 1) j--;
    else gone.push(truth[--i]!);
  }
  return gone;
}
