// What systemd tells of the agent's unit. Pure.

/** As `systemctl show` has it. */
export interface Service {
  load: string;
  active: string;
  sub: string;
  enabled: string;
  restarts: number;
  /** 0: it has no watchdog */
  watchdogMs: number;
  result: string;
  mainPid: number;
}

export type ServiceFinding =
  | 'running'
  | 'not-installed'
  | 'masked'
  | 'failed'
  | 'starting'
  | 'stopped'
  | 'other-agent'
  | 'restarting'
  | 'not-enabled'
  | 'no-watchdog';

/** `systemctl show UNIT`: `Name=value` lines. */
export function serviceOf(shown: string): Service {
  const values = new Map(
    shown.split('\n').map((line) => {
      const equals = line.indexOf('=');
      return [line.slice(0, equals), line.slice(equals + 1)] as const;
    }),
  );
  const value = (name: string) => values.get(name) ?? '';
  return {
    load: value('LoadState'),
    active: value('ActiveState'),
    sub: value('SubState'),
    enabled: value('UnitFileState'),
    restarts: Number(value('NRestarts')) || 0,
    watchdogMs: spanMs(value('WatchdogUSec')),
    result: value('Result'),
    mainPid: Number(value('MainPID')) || 0,
  };
}

const UNITS_MS: Record<string, number> = {
  ...{ us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 },
};

/** A time span as systemd writes it: `30s`, `1min 30s`, `infinity`. */
export function spanMs(text: string): number {
  if (text === 'infinity') return 0;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(us|ms|min|s|h|d)/g))
    sum += Number(number) * UNITS_MS[unit!]!;
  return sum;
}

const MANY_RESTARTS = 5;

/** @param agentPid of the agent that answers on the socket; undefined when none does */
export function serviceFinding(service: Service, agentPid: number | undefined): ServiceFinding {
  if (service.load === 'masked') return 'masked';
  if (service.load !== 'loaded') return 'not-installed';
  if (service.active === 'failed') return 'failed';
  if (service.sub === 'auto-restart') return 'restarting';
  if (service.active === 'activating') return 'starting';
  if (service.active !== 'active') return agentPid === undefined ? 'stopped' : 'other-agent';
  if (agentPid !== undefined && service.mainPid !== 0 && service.mainPid !== agentPid) return 'other-agent';
  if (!/^(enabled|static|generated|linked)/.test(service.enabled)) return 'not-enabled';
  if (service.restarts >= MANY_RESTARTS) return 'restarting';
  return service.watchdogMs > 0 ? 'running' : 'no-watchdog';
}
