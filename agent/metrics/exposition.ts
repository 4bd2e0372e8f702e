// The metrics as Prometheus reads them (text format 0.0.4). Pure.

import type { HistogramState } from './histogram.ts';
import { type Facts, type Labels, metrics } from './table.ts';

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function expositionOf(facts: Facts): string {
  const lines = metrics.flatMap((metric) => {
    const samples =
      metric.type === 'histogram'
        ? metric.samples(facts).flatMap(([labels, state]) => histogramLines(metric.name, labels, state))
        : metric
            .samples(facts)
            .flatMap(([labels, value]) =>
              value === null || value === undefined ? [] : [lineOf(metric.name, labels, value)],
            );
    if (samples.length === 0) return [];
    return [
      `# HELP ${metric.name} ${escaped(metric.help)}`,
      `# TYPE ${metric.name} ${metric.type}`,
      ...samples,
    ];
  });
  return `${lines.join('\n')}\n`;
}

function histogramLines(
  name: string,
  labels: Labels,
  { bounds, counts, count, sum }: HistogramState,
): string[] {
  let below = 0;
  const buckets = bounds.map((bound, index) => {
    below += counts[index] ?? 0;
    return lineOf(`${name}_bucket`, { ...labels, le: String(bound) }, below);
  });
  return [
    ...buckets,
    lineOf(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
    lineOf(`${name}_sum`, labels, sum),
    lineOf(`${name}_count`, labels, count),
  ];
}

function lineOf(name: string, labels: Labels, value: number): string {
  const inside = Object.entries(labels).map(([key, text]) => `${key}="${quoted(text)}"`);
  return `${name}${inside.length > 0 ? `{${inside.join(',')}}` : ''} ${value}`;
}

const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const quoted = (text: string) => escaped(text).replaceAll('"', '\\"');
