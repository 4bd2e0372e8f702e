// docs/doctor.md: every finding of every probe, in the probes' own words.

import { probes } from '../../agent/health/index.ts';

const INTRO = `# The doctor

<!-- Written by scripts/docs.ts from agent/health/probes/: change it there. -->

\`anpr doctor\` runs every probe side by side; \`anpr doctor --only camera\` runs one. Each ends **ok**, **warn** or **fail**
with what was measured and one sentence on what to do. It needs neither a running agent nor a configuration. With
\`--json\` each result has the name of its finding, which stays the same over versions. A probe that does not come to an
end in its time fails as \`probe-timeout\`, one that breaks as \`probe-failed\`.

While the agent streams from a camera, the doctor asks that camera for its description only, not for frames: many
cameras allow one viewer. The broker is met under a client id of its own (the configured one with \`-doctor\`), so the
agent keeps its connection; a broker that admits known client ids only refuses that one.
`;

export function doctorPage(): string {
  const sections = probes.map(({ id, title, timeoutMs, findings }) => {
    const rows = Object.entries(findings).map(
      ([name, { verdict, cause, advice }]) =>
        `| ${verdict} | \`${name}\` | ${cell(cause)} | ${cell(advice ?? '')} |`,
    );
    const head = '| verdict | finding | when | what to do |\n|---|---|---|---|';
    return `## ${id}\n\n${title}; within ${timeoutMs / 1000} s.\n\n${head}\n${rows.join('\n')}\n`;
  });
  return `${INTRO}\n${sections.join('\n')}`;
}

/** `{name}` is filled in by the probe; here it shows as what it is. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\{(\w+)\}/g, '*$1*');
