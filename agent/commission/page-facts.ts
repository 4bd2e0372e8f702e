// The page's tables of facts: where and who, aim, stream, self-tests, and what changed since an earlier report.

import { type Html, html } from './html.ts';
import type { Report } from './report-schema.ts';
import type { Words } from './words.ts';

const row = (name: string, value: Html | string | null) =>
  value === null ? html`` : html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`;

export function factsSection(report: Report, words: Words): Html {
  const { text } = words;
  const { by, mounting, position, headingDegrees, recording, standard, timeZone } = report;
  const metres = (value: number | null) =>
    value === null ? null : text('head.metres', { value: words.number(value, value % 1 ? 1 : 0) });
  const who = [by.name, by.company].filter(Boolean).join(', ');
  const account = by.sudoUser ?? by.user;
  const lost = recording.interruptions.map(({ from, to, state, reason }) => {
    const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
    return html`<div>${words.dateTime(from)}: ${words.duration(seconds)}, <span lang="en">${state}${reason && `: ${reason}`}</span></div>`;
  });
  return html`<table class="facts"><tbody>
${row(text('head.camera'), report.camera)}
${row(text('head.site'), `${report.site} / ${report.box}`)}
${position && row(text('head.position'), `${words.number(position.latitude, 5)}; ${words.number(position.longitude, 5)}`)}
${headingDegrees !== null && row(text('head.heading'), text('head.degrees', { value: words.number(headingDegrees) }))}
${row(text('head.lens'), mounting.lens)}
${row(text('head.height'), metres(mounting.heightM))}
${row(text('head.distance'), metres(mounting.distanceM))}
${row(text('head.note'), mounting.note)}
${row(text('head.recorded'), text('head.recordedSpan', { from: words.dateTime(recording.from), to: words.dateTime(recording.to), zone: timeZone }))}
${row(text('head.duration'), words.duration(recording.seconds))}
${row(text('head.interruptions'), lost.length ? html`${lost}` : text('head.noInterruptions'))}
${row(text('head.by'), html`${who || '–'}${account && html`<small>${text('head.account', { user: account })}</small>`}`)}
${row(text('head.standard'), html`${standard.name}<small class="hash">SHA-256 ${standard.sha256}</small>`)}
</tbody></table>`;
}

const DIGITS: Record<string, number> = { tilt: 1, skew: 1, angle: 1, sharpness: 1, motion: 1, exposure: 1 };

function quantity(value: number, name: string, unit: string, words: Words): string {
  if (unit === '%') return words.percent(value / 100, 0);
  const number = words.number(value, value % 1 ? (DIGITS[name] ?? 0) : 0);
  if (unit === '°') return `${number}°`;
  if (unit === 'grey levels' || unit === '') return number;
  return `${number} ${unit}`;
}

export function aimSection({ aim, lanes }: Report, words: Words): Html {
  const { text } = words;
  const rows = aim.map(({ name, value, unit, bound, limit, good }) => {
    const wanted =
      bound === null || limit === null
        ? ''
        : text(`criteria.${bound}`, { limit: quantity(limit, name, unit, words) });
    const kind = good === null ? 'unknown' : good ? 'good' : 'bad';
    return html`<tr><th scope="row">${text(`aim.${name}`)}</th><td>${value === null ? '–' : quantity(value, name, unit, words)}</td><td>${wanted}</td><td>${bound !== null && html`<span class="mark ${kind}">${text(`aim.${kind}`)}</span>`}</td></tr>\n`;
  });
  const total = lanes?.columns.reduce((sum, n) => sum + n, 0) ?? 0;
  const shares = lanes?.columns.map((n) => html`<td>${words.percent(n / Math.max(1, total), 0)}</td>`);
  return html`<section aria-labelledby="aim"><h2 id="aim">${text('aim.heading')}</h2>
${
  aim.length === 0
    ? html`<p>${text('criteria.nothing')}</p>`
    : html`<p class="soft">${text('aim.intro')}</p>
<table class="stacked"><thead><tr><th scope="col">${text('aim.number')}</th><th scope="col">${text('aim.value')}</th><th scope="col">${text('aim.wanted')}</th><th scope="col">${text('aim.verdict')}</th></tr></thead>
<tbody>
${rows}</tbody></table>`
}
${
  total > 0 &&
  html`<h3>${text('aim.lanes')}</h3><div class="wide-table"><table><tbody><tr>${shares}</tr></tbody></table></div>
<p class="soft">${text('aim.lanesText', { cut: words.percent(lanes?.cutShare ?? 0, 0) })}</p>`
}
</section>`;
}

export function streamSection({ stream }: Report, words: Words): Html {
  const { text } = words;
  const { width, height, fps, codec, decode, lossShare, jitterMs, kilobitsPerSecond, keyFrameSeconds } =
    stream;
  const rows = [
    row(text('stream.size'), width && height ? `${width} × ${height}` : null),
    row(text('stream.fps'), fps === null ? null : words.number(fps, 1)),
    row(text('stream.codec'), codec),
    row(text('stream.decode'), decode),
    row(
      text('stream.bitrate'),
      kilobitsPerSecond === null ? null : `${words.number(kilobitsPerSecond / 1000, 1)} Mbit/s`,
    ),
    row(text('stream.loss'), lossShare === null ? null : words.percent(lossShare, 2)),
    row(text('stream.jitter'), jitterMs === null ? null : words.ms(jitterMs)),
    row(
      text('stream.keyFrame'),
      keyFrameSeconds === null ? null : text('stream.seconds', { value: words.number(keyFrameSeconds, 1) }),
    ),
  ];
  return html`<section aria-labelledby="stream"><h2 id="stream">${text('stream.heading')}</h2>
<table class="facts"><tbody>${rows}</tbody></table></section>`;
}

export function probesSection({ probes }: Report, { text }: Words): Html {
  const rows = probes.map(
    ({ id, verdict, measured }) =>
      html`<tr><th scope="row" lang="en">${id}</th><td><span class="mark ${verdict}">${text(`probes.${verdict}`)}</span></td><td lang="en">${measured}</td></tr>\n`,
  );
  if (rows.length === 0) return html``;
  return html`<section aria-labelledby="probes"><h2 id="probes">${text('probes.heading')}</h2>
<p class="soft">${text('probes.intro')}</p>
<div class="wide-table"><table><thead><tr><th scope="col">${text('probes.probe')}</th><th scope="col">${text('probes.verdict')}</th><th scope="col">${text('probes.measured')}</th></tr></thead>
<tbody>
${rows}</tbody></table></div></section>`;
}

const OF_COMPARISON = new Set(['delivery', 'delivered', 'fps', 'pixels']);
const OF_CRITERIA = new Set(['captured', 'read', 'clock']);

/** What a line of the comparison is called. */
export function comparisonName(name: string, { text }: Words): string {
  if (OF_COMPARISON.has(name)) return text(`comparison.${name}`);
  return text(OF_CRITERIA.has(name) ? `criteria.${name}` : `aim.${name}`);
}

export function comparisonSection({ comparison }: Report, words: Words): Html {
  if (!comparison) return html``;
  const { text } = words;
  const rows = comparison.rows.map(({ name, kind, unit, before, now, change }) => {
    const value = (number: number | null) =>
      number === null
        ? '–'
        : kind === 'share'
          ? words.percent(number)
          : name === 'fps'
            ? words.number(number, 1)
            : unit === 'ms' && name !== 'exposure'
              ? words.ms(number)
              : quantity(number, name, unit, words);
    return html`<tr><th scope="row">${comparisonName(name, words)}</th><td>${value(before)}</td><td>${value(now)}</td><td><span class="mark ${change}">${text(`comparison.${change}`)}</span></td></tr>\n`;
  });
  return html`<section aria-labelledby="comparison"><h2 id="comparison">${text('comparison.heading', { date: words.date(comparison.writtenAt) })}</h2>
<p class="soft">${text('comparison.intro', { id: comparison.id, version: comparison.anpr })}</p>
<table><thead><tr><th scope="col">${text('comparison.what')}</th><th scope="col">${text('comparison.before')}</th><th scope="col">${text('comparison.now')}</th><th scope="col">${text('comparison.change')}</th></tr></thead>
<tbody>
${rows}</tbody></table></section>`;
}
