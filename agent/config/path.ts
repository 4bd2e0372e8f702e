// Which configuration file is meant.

export const DEFAULT_CONFIG_PATH = '/etc/anpr/agent.yaml';

/** `--config`, else $ANPR_CONFIG, else /etc/anpr/agent.yaml. */
export function configPath(option?: string): string {
  return option || process.env.ANPR_CONFIG || DEFAULT_CONFIG_PATH;
}
