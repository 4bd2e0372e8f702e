// The end of an acceptance test: the report out of what was kept, sealed, written, and shown in short.

import type { Report, ReportContent } from '../commission/index.ts';
import { languagesFor, writeFiles } from './commission-files.ts';
import type { Test } from './commission-options.ts';
import type { Output } from './output.ts';
import { zoneName } from './times.ts';

export async function written(all: Test): Promise<Report> {
  const { compare, reportHash, sealReport } = await import('../commission/index.ts');
  const { before, key, options, output } = all;
  const content = await contentFor(all);
  if (before) {
    const { seal, ...old } = before;
    content.comparison = {
      ...{ id: before.id, writtenAt: before.writtenAt, anpr: before.versions.anpr },
      sha256: seal?.sha256 ?? reportHash(old),
      rows: compare(before, content),
    };
  }
  const report = sealReport(content, key);
  const languages = languagesFor(options.language);
  const files = await writeFiles(report, { folder: options.output, languages, key, json: true });
  if (options.json) output.json(report);
  else showResult(output, report);
  for (const file of files) output.line(`Written: ${file}`);
  return report;
}

async function contentFor({
  options,
  api,
  config,
  camera,
  acceptance,
  truth,
  session,
}: Test): Promise<ReportContent> {
  const { contentOf, held, samplesOf, VIEW_PICTURE } = await import('../commission/index.ts');
  const { ownClaim } = await import('../audit/index.ts');
  const { versions } = await import('../health/index.ts');
  const { state } = session;
  const missed = truth && held(truth, state.reads, state.segments).missed;
  const plates = options.plates ? ('shown' as const) : ('covered' as const);
  const { user, sudoUser } = ownClaim();
  const { anpr, node, packages } = versions();
  const { models } = await api.status();
  return contentOf({
    ...{ state, acceptance, plates, who: { user, sudoUser } },
    truth: missed === undefined || missed === null ? undefined : { missed },
    position: config.position ?? null,
    headingDegrees: config.cameras.find(({ id }) => id === camera)?.headingDegrees ?? null,
    versions: { anpr, node, packages, ...models },
    samples: await samplesOf(state, { count: acceptance.standard.pictures.samples, plates, api }),
    view: state.hasView ? (session.picture(VIEW_PICTURE)?.toString('base64') ?? null) : null,
    ...{ timeZone: zoneName(), now: Date.now() },
  });
}

const STYLES = { pass: 'green', fail: 'red', undecided: 'yellow', unmeasured: 'yellow' } as const;

function showResult(output: Output, report: Report): void {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const rows = report.criteria.map(({ id, verdict, value, limit, interval, count, n }) => {
    const shown = value === null ? '-' : id === 'clock' ? `${value.toFixed(1)} ms` : percent(value);
    const range = interval ? `${percent(interval[0])} to ${percent(interval[1])}` : '';
    const of = n === null ? '' : `${count} of ${n}`;
    const wanted = id === 'clock' ? `<= ${limit} ms` : `>= ${percent(limit)}`;
    return [id, shown, of, range, wanted, { text: verdict, style: STYLES[verdict] }];
  });
  output.line();
  output.table(['', 'MEASURED', 'OF', '95 % INTERVAL', 'WANTED', 'VERDICT'], rows);
  const text = { pass: 'ACCEPTED', fail: 'NOT ACCEPTED', undecided: 'NOT ENOUGH PASSAGES TO SAY' }[
    report.verdict
  ];
  output.line();
  output.line(output.paint(STYLES[report.verdict], text));
  for (const change of report.comparison?.rows ?? [])
    if (change.change === 'worse') output.line(output.paint('red', `worse than before: ${change.name}`));
  output.line();
}
