// What the running box is put together from, for those who ask it.

import type { Alarms } from '../alarms/index.ts';
import type { Config } from '../config/index.ts';
import type { EvidenceStore } from '../evidence/index.ts';
import type { Hits } from '../hits/index.ts';
import type { Journal } from '../journal/index.ts';
import type { startLists } from '../lists/index.ts';
import type { Watch } from '../metrics/index.ts';
import type { Cameras } from './cameras.ts';
import type { Keeper } from './keeper.ts';
import type { BoxKeys } from './keys.ts';
import type { Reloader } from './reload.ts';
import type { SentTimes } from './sent.ts';
import type { Together } from './take-over.ts';
import type { BoxUplink } from './uplink.ts';

export interface Box {
  configPath: string;
  /** as it was at the start; what may change while the agent runs is `reloader.config` */
  config: Config;
  /** UTC epoch milliseconds */
  startedAt: number;
  keys: BoxKeys;
  journal: Journal;
  evidence: EvidenceStore;
  keeper: Keeper<Together>;
  hits: Hits;
  alarms: Alarms;
  published: ReturnType<typeof startLists>;
  cameras: Cameras;
  reloader: Reloader;
  sent: SentTimes;
  watch: Watch;
  uplink: BoxUplink;
}
