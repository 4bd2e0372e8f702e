// How a command finds the running agent, even when the configuration is missing or broken just now: a technician
// who made a mistake in it still wants to see what the agent does.

import type { ApiClient } from '../api/index.ts';
import type { Config } from '../config/index.ts';
import { codeOf } from '../shared/errors.ts';

const DEFAULT_SOCKET = '/run/anpr/anpr.sock';

export interface Connection {
  /** undefined when it cannot be loaded, or there is none and none was named */
  config: Config | undefined;
  /** undefined when no agent runs */
  api: ApiClient | undefined;
  /** why there is no agent to talk to; where one answers, why there is no configuration */
  reason: unknown;
}

/**
 * Throws what is wrong with the configuration only when no agent answers at the usual place either.
 * @param reason why somebody looks at reads: the audit log keeps it
 */
export async function findAgent(configOption: string | undefined, reason?: string): Promise<Connection> {
  const { configPath, loadConfig } = await import('../config/index.ts');
  const { connectApi } = await import('../api/index.ts');
  let config: Config | undefined;
  let problem: unknown;
  try {
    config = loadConfig(configPath(configOption), { checkFiles: false });
  } catch (error) {
    problem = error;
  }
  try {
    return {
      config,
      api: await connectApi(config?.api.socket ?? DEFAULT_SOCKET, { reason }),
      reason: problem,
    };
  } catch (error) {
    const noneNamed = codeOf(problem) === 'config.missing' && !configOption && !process.env.ANPR_CONFIG;
    if (problem && !noneNamed) throw problem;
    if (codeOf(error) !== 'api.not-running') throw error;
    return { config, api: undefined, reason: error };
  }
}
