// Every probe there is, in the order in which they are shown. A new one is a file in probes/ and a line here.

import type { Probe } from './probe.ts';
import { probe as agent } from './probes/agent.ts';
import { probe as broker } from './probes/broker.ts';
import { probe as camera } from './probes/camera.ts';
import { probe as clock } from './probes/clock.ts';
import { probe as configuration } from './probes/configuration.ts';
import { probe as disk } from './probes/disk.ts';
import { probe as ffmpeg } from './probes/ffmpeg.ts';
import { probe as journal } from './probes/journal.ts';
import { probe as models } from './probes/models.ts';

export const probes: readonly Probe[] = [
  configuration,
  agent,
  clock,
  disk,
  ffmpeg,
  models,
  journal,
  camera,
  broker,
];
