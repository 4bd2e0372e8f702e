// The generators over the other brokers of the field: RabbitMQ's MQTT plugin and NATS, both MQTT 3.1.1.

import t, { test } from 'tap';
import { dividesTheCountry } from '../central/dividing.ts';
import { type Broker, noNats, noRabbitMq, startNats, startRabbitMq } from '../fixtures/brokers.ts';
import { notLong } from '../fixtures/needs.ts';

const brokers: [name: string, missing: string | false, start: () => Promise<Broker>][] = [
  ['NATS', noNats, startNats],
  ['RabbitMQ', noRabbitMq, startRabbitMq],
];

t.setTimeout(3_600_000);

for (const [name, missing, start] of brokers)
  test(`${name}: generators share the boxes of the country; one is killed, another comes`, {
    skip: notLong || missing,
  }, async (t) => {
    const broker = await start();
    t.teardown(() => broker.stop());
    // RabbitMQ 3.10 keeps retained messages for exact topics only.
    const boxesToldBeforehand = name === 'RabbitMQ';
    await dividesTheCountry(t, { url: broker.url, protocol: '3.1.1', instances: 4, boxesToldBeforehand });
  });
