// All cases, in the order of the table.

import { box } from './box.ts';
import { broker } from './broker.ts';
import { clock } from './clock.ts';
import { disk } from './disk.ts';
import { links } from './links.ts';
import { loss } from './loss.ts';
import { offline } from './offline.ts';
import { power } from './power.ts';
import type { Case } from './scene.ts';

export { problemsOf, type Verdict } from './judge.ts';
export { seeded } from './random.ts';
export type { Case, Chaos, Row } from './scene.ts';

export const cases: readonly Case[] = [box, broker, links, loss, power, disk, clock, offline];
