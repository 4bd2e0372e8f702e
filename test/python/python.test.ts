// The Python beside the agent, tested by its own unit tests: drawing plates for training, and the recorded traffic's camera.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';

const root = fileURLToPath(new URL('../..', import.meta.url));
const has = (modules: string) => spawnSync('/usr/bin/python3', ['-c', `import ${modules}`]).status === 0;

const traffic = has('numpy, cv2, numba, PIL')
  ? false
  : 'needs numpy, opencv, numba and pillow for /usr/bin/python3';

/** Runs a module's unit tests; their words show when they fail. */
function unittest(directory: string, ...options: string[]): { status: number | null; words: string } {
  const { status, stderr } = spawnSync('/usr/bin/python3', ['-m', 'unittest', ...options], {
    cwd: `${root}/${directory}`,
    encoding: 'utf8',
  });
  return { status, words: stderr };
}

for (const [name, module] of [
  ['plates for training', 'test_plates'],
  ['rendered measuring sets', 'test_render_set'],
  ['rendered passages', 'test_passages'],
  ['close-ups for training', 'test_close_ups'],
  ['the straightener', 'test_straightener'],
  ['weights that are kept and averaged', 'test_weights'],
] as const)
  test(name, { skip: plates() }, (t) => {
    const { status, words } = unittest('models/training', module);
    t.equal(status, 0, words);
    t.end();
  });

test('the camera of the recorded traffic', { skip: traffic }, (t) => {
  const { status, words } = unittest('scripts', 'discover', '-t', '.', '-s', 'traffic');
  t.equal(status, 0, words);
  t.end();
});

function plates(): string | false {
  if (!has('numpy, cv2, PIL')) return 'needs python3-numpy, python3-opencv and python3-pil';
  return existsSync(`${root}/models/training/fonts/node_modules`)
    ? false
    : 'needs the fonts: cd models/training/fonts && npm ci --ignore-scripts';
}
