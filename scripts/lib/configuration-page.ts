// docs/configuration.md: every key with the schema's own words.

import { rootShape, type Shape } from '../../agent/config/index.ts';

const INTRO = `# The configuration

<!-- Written by scripts/docs.ts from agent/config/schema.ts: change it there. -->

One YAML file a box: \`/etc/anpr/agent.yaml\`, or what \`--config\` or \`$ANPR_CONFIG\` names. \`anpr config init\` writes one
that explains itself (the same as [agent.example.yaml](../config/agent.example.yaml)), \`anpr config check\` lists all
problems with their lines, \`anpr config show\` shows it with every default. The first line of the example lets editors
complete and check keys while you type, through [agent.schema.json](../config/agent.schema.json).

- File names may be relative: they start at the folder of the configuration file.
- A key with nothing after it, all its own keys commented out, stands for the defaults.
- YAML 1.2: only \`true\` and \`false\` are switches, \`yes\` and \`on\` are texts.

## Secrets

No password and no private key stands in the file. \`passwordFile\` and \`keyFile\` name a file that holds one:

- a path with a slash (\`/etc/anpr/secrets/north\`, \`./secrets/north\`);
- or a bare name (\`camera-north\`): the systemd credential of that name, which the unit gets with
  \`LoadCredential=camera-north:/etc/anpr/secrets/north\`, else a file of that name beside the configuration.

The newline at the file's end is not part of the secret. A file that everybody may read is told of at start and by
\`anpr config check\`.

## Keys
`;

interface Row {
  key: string;
  shape: Shape;
  required: boolean;
}

export function configurationPage(): string {
  const rows = keysOf(rootShape());
  const lines = rows.map(
    ({ key, shape, required }) =>
      `| \`${key}\` | ${typeText(shape)} | ${defaultText(shape, required)} | ${cell(shape.description ?? '')} |`,
  );
  return `${INTRO}\n| key | value | default | meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`;
}

/** Every key of the file, groups before what is in them: `cameras[].motion.threshold`. */
export function keysOf(shape: Shape, place = ''): Row[] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, inner]) => {
    const key = place ? `${place}.${name}` : name;
    const below = inner.items?.properties ? keysOf(inner.items, `${key}[]`) : keysOf(inner, key);
    return [{ key, shape: inner, required: shape.required?.includes(name) ?? false }, ...below];
  });
}

function typeText(shape: Shape): string {
  if (shape.const !== undefined) return `\`${shape.const}\``;
  if (shape.enum) return shape.enum.map((value) => `\`${value}\``).join(', ');
  if (shape.type === 'object') return 'group';
  if (shape.type === 'array') return 'list';
  if (shape.type === 'boolean') return '`true`, `false`';
  if (shape.type === 'string') return 'text';
  const range = [shape.minimum, shape.maximum].every((limit) => limit !== undefined)
    ? ` ${shape.minimum} to ${shape.maximum}`
    : shape.minimum !== undefined
      ? ` from ${shape.minimum}`
      : '';
  return `${shape.type === 'integer' ? 'whole number' : 'number'}${range}`;
}

function defaultText(shape: Shape, required: boolean): string {
  if (required) return '**required**';
  if (shape.default === undefined || shape.type === 'object') return '';
  return `\`${typeof shape.default === 'string' ? shape.default : JSON.stringify(shape.default)}\``;
}

const cell = (text: string) => text.replaceAll('|', '\\|');
