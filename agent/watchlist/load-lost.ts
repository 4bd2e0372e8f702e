// The measured losses that come with the agent.

import { readFileSync } from 'node:fs';
import { type LostCharacters, lostCharacters } from './lost-policy.ts';

export const loadLost = (): LostCharacters =>
  lostCharacters.parse(JSON.parse(readFileSync(new URL('./lost-characters.json', import.meta.url), 'utf8')));
