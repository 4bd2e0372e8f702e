// What the looks at one plate claim together once the countries' grammars have been heard, and what that rests on. How far
// it holds is for the calibration to say.

import type { Claim, Grounds } from '../confidence/index.ts';
import { explainSeen, type Grammars } from '../grammar/index.ts';
import type { Slot } from '../vision/index.ts';
import { bestTexts, type Consensus } from './consensus.ts';

export interface PassageClaim extends Claim {
  text: string;
  slots: Slot[];
  countries: Record<string, number>;
  grounds: Grounds;
}

export function claimOn(consensus: Consensus, grammars: Grammars): PassageClaim {
  const { text, confidence, slots, countries } = explainSeen(consensus, grammars);
  const others = [...bestTexts(slots, 6), ...consensus.alternatives].filter((other) => other.text !== text);
  const alternatives = [...new Map(others.map((other) => [other.text, other])).values()].sort(
    (a, b) => b.confidence - a.confidence,
  );
  const rival = alternatives[0]?.confidence ?? 0;
  const grounds = { ...consensus.grounds, shown: confidence, rival, characters: text.length };
  return { text, confidence, alternatives, slots, countries, grounds };
}
