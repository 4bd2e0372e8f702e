// Has the running agent take up what was changed in the configuration: behind `anpr config reload`, and after a camera was
// added or removed.

import type { ReloadAnswer } from '../api/index.ts';
import type { Config } from '../config/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Output } from './output.ts';

/** One line for each thing that changed. */
export function reloadLines({ added, removed, changed, uplink, atNextStart }: ReloadAnswer): string[] {
  const names = (ids: readonly string[]) => `${ids.length > 1 ? 'cameras' : 'camera'} ${ids.join(', ')}`;
  const lines = [
    ...(added.length ? [`Started: ${names(added)}.`] : []),
    ...(removed.length ? [`Ended: ${names(removed)}.`] : []),
    ...(changed.length ? [`Started anew: ${names(changed)}.`] : []),
    ...(uplink === 'anew' ? ['Connects anew to the broker: anpr status shows it.'] : []),
    ...(uplink === 'ended' ? ['No broker is configured any more: records stay in the journal.'] : []),
  ];
  if (atNextStart.length)
    lines.push(
      `Only at the next start takes effect what was changed in: ${atNextStart.join(', ')} (systemctl restart anpr).`,
    );
  return lines.length ? lines : ['Nothing in it has changed.'];
}

/** After a change of the file: what became of it in the agent, said in a line or two. Never throws. */
export async function takeUp(config: Config, output: Output): Promise<void> {
  const { connectApi } = await import('../api/index.ts');
  try {
    const api = await connectApi(config.api.socket);
    for (const line of reloadLines(await api.reload())) output.field('', line);
  } catch (error) {
    if (codeOf(error) === 'api.not-running')
      output.line('No agent runs; it takes this up when it starts: systemctl start anpr');
    else
      output.line(
        `The agent could not take it up (${messageOf(error).split('\n')[0]}): systemctl restart anpr`,
      );
  }
}
