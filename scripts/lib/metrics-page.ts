// docs/metrics.md, from the table that the agent makes its metrics of.

import { metrics } from '../../agent/metrics/index.ts';

const HEAD = `# Metrics

In the text format of Prometheus, and the same facts once a minute as the message \`health\` to the centre
(config/contract/health.schema.json). No plate and no picture is in either.

    curl --unix-socket /run/anpr/anpr.sock http://agent/1/metrics

works always, for root and the group anpr. For Prometheus, say in the configuration where it may ask; without that nothing listens:

    metrics:
      port: 9469                # on 127.0.0.1
      address: 10.8.0.7         # or on the address that the box has in the VPN

There is no password and no TLS on it: choose an address that only your own network reaches. The scrape:

    scrape_configs:
      - job_name: anpr
        static_configs: [{targets: ['10.8.0.7:9469']}]

\`config/prometheus/anpr.rules.yaml\` has alert rules, \`config/grafana/anpr.json\` a dashboard. Counters begin at 0 when the agent, or the
camera's process, starts; \`rate()\` and \`increase()\` know that.

| name | type | labels | what it says |
|---|---|---|---|
`;

export function metricsPage(): string {
  const rows = metrics.map(
    ({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels?.join(', ') ?? ''} | ${help} |`,
  );
  return `${HEAD}${rows.join('\n')}\n`;
}
