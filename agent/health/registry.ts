// Every probe there is, in the order in which they are shown. A new one is a file in probes/ and a line here.

import type { Probe } from './probe.ts';
import { probe as agent } from './probes/agent.ts';
import { probe as broker } from './probes/broker.ts';
import { probe as camera } from './probes/camera.ts';
import { probe as cameraClock } from './probes/camera-clock.ts';
import { probe as certificate } from './probes/certificate.ts';
import { probe as clock } from './probes/clock.ts';
import { probe as configuration } from './probes/configuration.ts';
import { probe as cpu } from './probes/cpu.ts';
import { probe as disk } from './probes/disk.ts';
import { probe as ffmpeg } from './probes/ffmpeg.ts';
import { probe as hits } from './probes/hits.ts';
import { probe as networkInterface } from './probes/interface.ts';
import { probe as journal } from './probes/journal.ts';
import { probe as keys } from './probes/keys.ts';
import { probe as memory } from './probes/memory.ts';
import { probe as models } from './probes/models.ts';
import { probe as names } from './probes/names.ts';
import { probe as path } from './probes/path.ts';
import { probe as route } from './probes/route.ts';
import { probe as service } from './probes/service.ts';
import { probe as system } from './probes/system.ts';
import { probe as timeZone } from './probes/time-zone.ts';
import { probe as versions } from './probes/versions.ts';
import { probe as watchlists } from './probes/watchlists.ts';
import { probe as wireguard } from './probes/wireguard.ts';

export const probes: readonly Probe[] = [
  system,
  timeZone,
  clock,
  cpu,
  memory,
  disk,
  configuration,
  agent,
  service,
  versions,
  ffmpeg,
  models,
  journal,
  keys,
  watchlists,
  hits,
  networkInterface,
  route,
  names,
  wireguard,
  camera,
  cameraClock,
  path,
  certificate,
  broker,
];
