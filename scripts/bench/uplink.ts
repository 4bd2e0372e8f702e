// What the delivery costs, on real brokers: a drain beside mqtt.js alone, everything confirmed beside a mosquitto bridge
// with persistence, live reads behind a backlog, the way at rest, a slow link, and a thousand reconnects.
//
//     node scripts/bench/uplink.ts [--only drain,consumer,back,live,rest,slow,reconnects] [--records 100000] [--rounds 3] [--sealed]
//
// docs/benchmarks-uplink.md keeps the figures.

import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { readPayload } from '../../test/uplink/read-payload.ts';
import { live, rest, slow } from './lib/uplink-latency.ts';
import { reconnects } from './lib/uplink-reconnects.ts';
import { type Extent, WINDOW } from './lib/uplink-scene.ts';
import { back, consumer, drain } from './lib/uplink-throughput.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'drain,consumer,back,live,rest,slow,reconnects' },
    records: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    sealed: { type: 'boolean', default: false },
  },
});
const only = new Set(values.only.split(','));
const extent: Extent = {
  records: Number(values.records),
  rounds: Number(values.rounds),
  sealed: values.sealed,
};

const parts = { rest, slow, live, drain, consumer, back, reconnects };
console.log(
  `${cpus().length} cores of ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}; Node ${process.version}; ` +
    `reads of ${Buffer.byteLength(JSON.stringify(readPayload()))} bytes${values.sealed ? ', sealed' : ''}; window ${WINDOW}`,
);
for (const [name, part] of Object.entries(parts)) if (only.has(name)) await part(extent);
process.exit(0);
