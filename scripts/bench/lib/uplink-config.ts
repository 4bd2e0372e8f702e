// The uplink as the benchmarks configure it: MQTT 5, no pictures, all else as it is by default.

import type { UplinkConfig } from '../../../agent/config/index.ts';

export const uplinkConfig = (url: string, window = 20): UplinkConfig => ({
  url,
  protocol: '5',
  keepAliveSeconds: 20,
  window,
  fallbacks: [],
  reconnectSeconds: 3,
  pictures: { send: 'none', dailyMiB: 0 },
});
