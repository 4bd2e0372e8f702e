// docs/doctor.md: every finding of every probe, in the probes' own words.

import { groups, probes } from '../../agent/health/index.ts';

const INTRO = `# The doctor

<!-- Written by scripts/docs.ts from agent/health/probes/: change it there. -->

\`anpr doctor\` runs every probe side by side. Each ends **ok**, **warn** or **fail** with what was measured and one
sentence on what to do. It needs neither a running agent nor a configuration: it looks at what makes sense without.

- \`--only\` takes probes (\`clock\`), groups (${groups.map((group) => `\`${group}\``).join(', ')}) and single cameras (\`camera/gate\`).
- \`--watch\` looks again and again, \`--thorough\` takes a minute: for the clock's drift, and a longer look at each camera.
- \`--json\` gives each result the name of its finding, which stays the same over versions.
- The exit status is that of the worst verdict: 0 ok, 4 warn, 1 fail.
- A probe that does not come to an end in its time fails as \`probe-timeout\`, one that breaks as \`probe-failed\`.

While the agent streams from a camera, the doctor asks that camera for its description only, not for frames: many
cameras allow one viewer. The broker is met under a client id of its own (the configured one with \`-doctor\`), so the
agent keeps its connection; a broker that admits known client ids only refuses that one.
`;

export function doctorPage(): string {
  const sections = probes.map(({ id, group, title, timeoutMs, findings }) => {
    const rows = Object.entries(findings).map(
      ([name, { verdict, cause, advice }]) =>
        `| ${verdict} | \`${name}\` | ${cell(cause)} | ${cell(advice ?? '')} |`,
    );
    const head = '| verdict | finding | when | what to do |\n|---|---|---|---|';
    return `## ${id}\n\n${title}, of the group \`${group}\`; within ${timeoutMs / 1000} s.\n\n${head}\n${rows.join('\n')}\n`;
  });
  return `${INTRO}\n${sections.join('\n')}`;
}

/** `{name}` is filled in by the probe; here it shows as what it is. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\{(\w+)\}/g, '*$1*');
