// The report as one page: HTML that needs no network and no script, prints on A4, and is the same for the same report.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Html, html, Html as Raw } from './html.ts';
import { aimSection, comparisonSection, factsSection, probesSection, streamSection } from './page-facts.ts';
import { criteriaSection, passagesSection } from './page-result.ts';
import { type PlotWords, plotOf } from './plots.ts';
import type { Report } from './report-schema.ts';
import { type Language, type Words, wordsIn } from './words.ts';

const style = readFileSync(new URL('./page.css', import.meta.url), 'utf8');

/** @param file the name of the report's JSON, for the command that checks it */
export function pageOf(report: Report, language: Language, file: string): string {
  const words = wordsIn(language, report.timeZone);
  const { text } = words;
  const title = `${text('title')} · ${report.site}/${report.box}/${report.camera}`;
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="anpr commission">
<title>${title}</title>
<style>${new Raw(style)}</style>
</head>
<body>
<header>
<h1>${text('title')}</h1>
<p>${text('subtitle', { camera: report.camera })} · ${report.site} / ${report.box}</p>
</header>
<main>
<div class="verdict ${report.verdict}"><strong>${text(`verdict.${report.verdict}`)}</strong>
${text(`verdictText.${report.verdict}`, { standard: report.standard.name })}</div>
${factsSection(report, words)}
${criteriaSection(report, words)}
${passagesSection(report, words)}
${comparisonSection(report, words)}
${aimSection(report, words)}
${picturesSection(report, words)}
${plotsSection(report, words)}
${streamSection(report, words)}
${probesSection(report, words)}
${versionsSection(report, words)}
${sealSection(report, words, file)}
${signSection(report, words)}
</main>
<footer>${text('footer', { version: report.versions.anpr, id: report.id, at: words.dateTime(report.writtenAt) })}</footer>
</body>
</html>
`;
  return page.text;
}

function picturesSection({ view, samples, plates }: Report, words: Words): Html {
  const { text } = words;
  const figures = samples.map((sample, index) => {
    const caption = text('pictures.sample', {
      ...{ index: index + 1, text: sample.text, width: words.number(sample.widthPx) },
      confidence: words.percent(sample.confidence),
      answer: text(`pictures.${sample.answer}`),
    });
    return html`<li><figure><img src="data:image/jpeg;base64,${sample.jpeg}" alt=""><figcaption>${caption}</figcaption></figure></li>\n`;
  });
  return html`<section aria-labelledby="pictures"><h2 id="pictures">${text('pictures.heading')}</h2>
${view && html`<figure class="view"><img src="data:image/jpeg;base64,${view}" alt="${text('pictures.viewAlt')}"><figcaption>${text('pictures.view')}</figcaption></figure>`}
${samples.length > 0 && html`<ul class="pictures">\n${figures}</ul><p class="soft">${text(`pictures.${plates}`)}</p>`}
${!view && samples.length === 0 && html`<p>${text('pictures.none')}</p>`}
</section>`;
}

function plotsSection({ bars, timeZone }: Report, words: Words): Html {
  const { text } = words;
  const last = bars.confidence.at(-1);
  const labels = {
    widthPx: (from: number) => words.number(from),
    confidence: (from: number) =>
      from === last?.from
        ? `≥ ${words.number(from, 2)}`
        : words.number(from, from * 10 === Math.round(from * 10) ? 1 : 2),
    hour: (from: number) => words.number(from),
  };
  const axes = {
    widthPx: text('plots.widthAxis'),
    confidence: text('plots.confidenceAxis'),
    hour: text('plots.hourAxis', { zone: timeZone }),
  };
  const kinds = ['right', 'wrong', 'unchecked'] as const;
  const figures = (['widthPx', 'confidence', 'hour'] as const).map((name) => {
    const own = bars[name];
    const sum = (kind: (typeof kinds)[number]) => own.reduce((all, bar) => all + bar[kind], 0);
    const [right, wrong, unchecked] = kinds.map(sum) as [number, number, number];
    const n = right + wrong + unchecked;
    if (n === 0) return html`<h3>${text(`plots.${name}`)}</h3><p>${text('plots.none')}</p>`;
    const plot: PlotWords = {
      ...{
        id: `plot-${name}`,
        title: text(`plots.${name}`),
        axis: axes[name],
        readsAxis: text('plots.readsAxis'),
      },
      summary: text('plots.summary', { n, right, wrong, unchecked }),
      labelOf: ({ from }) => labels[name](from),
      number: (value) => words.number(value),
    };
    const rows = own
      .filter((bar) => bar.right + bar.wrong + bar.unchecked > 0)
      .map(
        (bar) =>
          html`<tr><th scope="row">${labels[name](bar.from)}</th>${kinds.map((kind) => html`<td>${words.number(bar[kind])}</td>`)}</tr>`,
      );
    return html`<figure><h3>${plot.title}</h3>
${new Raw(plotOf(own, plot))}
<figcaption>${plot.summary}</figcaption>
<details><summary>${text('plots.table')}</summary><table><thead><tr><th scope="col">${text('plots.from')}</th>${kinds.map((kind) => html`<th scope="col">${text(`plots.${kind}`)}</th>`)}</tr></thead><tbody>${rows}</tbody></table></details>
</figure>`;
  });
  const legend = kinds.map(
    (kind) =>
      html`<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="${kind}" width="12" height="12"/>${kind === 'wrong' && new Raw('<path class="hatch" d="M0 12 12 0M-3 3 3-3M9 15 15 9"/>')}</svg>${text(`plots.${kind}`)}</li>`,
  );
  return html`<section aria-labelledby="plots"><h2 id="plots">${text('plots.heading')}</h2>
<ul class="legend">${legend}</ul>
<div class="plots">${figures}</div></section>`;
}

function versionsSection({ versions }: Report, { text }: Words): Html {
  const model = ({ name, sha256 }: { name: string; sha256: string | null }) =>
    html`${name}${sha256 && html`<small class="hash">SHA-256 ${sha256}</small>`}`;
  const packages = Object.entries(versions.packages)
    .map(([name, version]) => `${name} ${version ?? '–'}`)
    .join(', ');
  return html`<section aria-labelledby="versions"><h2 id="versions">${text('versions.heading')}</h2>
<table class="facts"><tbody>
<tr><th scope="row">anpr-edge</th><td>${versions.anpr}<small>Node ${versions.node}, ${packages}</small></td></tr>
<tr><th scope="row">${text('versions.detector')}</th><td>${model(versions.detector)}</td></tr>
${
  versions.straightener &&
  html`<tr><th scope="row">${text('versions.straightener')}</th><td>${model(versions.straightener)}</td></tr>
`
}<tr><th scope="row">${text('versions.reader')}</th><td>${model(versions.reader)}</td></tr>
</tbody></table></section>`;
}

function sealSection({ seal }: Report, { text }: Words, file: string): Html {
  const rows = seal
    ? [
        [text('seal.hash'), seal.sha256],
        [text('seal.key'), seal.keyId],
        [text('seal.publicKey'), seal.publicKey],
        [text('seal.signature'), seal.signature],
      ].map(
        ([name, value]) =>
          html`<tr><th scope="row">${name}</th><td><span class="hash">${value}</span></td></tr>`,
      )
    : [];
  const proof = seal
    ? html`<table class="facts"><tbody>${rows}</tbody></table>
<p>${text('seal.howTo')}</p>
<pre><code>anpr commission --verify ${file} --key ${seal.publicKey}</code></pre>
<p class="soft">${text('seal.both')}</p>`
    : html`<p class="note">${text('seal.unsigned')}</p>`;
  return html`<section class="seal" aria-labelledby="seal"><h2 id="seal">${text('seal.heading')}</h2>${proof}</section>`;
}

function signSection({ by }: Report, { text }: Words): Html {
  const one = (who: string, name: string) =>
    html`<div><h3>${who}</h3><dl><dt>${text('sign.name')}</dt><dd>${name}</dd><dt>${text('sign.date')}</dt><dd></dd><dt>${text('sign.signature')}</dt><dd class="wide"></dd></dl></div>`;
  return html`<section aria-labelledby="sign"><h2 id="sign">${text('sign.heading')}</h2>
<div class="sign">${one(text('sign.technician'), by.name)}${one(text('sign.client'), '')}</div></section>`;
}
