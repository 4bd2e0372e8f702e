// What a service owes systemd: that it is ready, a sign of life as long as it is well, one line on how it goes, and that
// it stops. Whether it is well is decided in watchdog-policy.ts; a beat that does not come ends in a new start.

import { messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { type Notifier, notifierOf } from './notify.ts';
import { beatEveryMs, type CameraVitals, illness } from './watchdog-policy.ts';

export interface ServiceOptions {
  /** Resolves when the journal's writer has answered; it may reject: that is an answer too. */
  askJournal(): Promise<unknown>;
  cameras(): readonly CameraVitals[];
  /** for `systemctl status` */
  status(): string;
  log: Logger;
  /** default: systemd, when it started this process; null: nobody */
  notifier?: Notifier | null;
}

export interface Service {
  /** Tells that it stops, and beats no more. */
  stopping(): void;
}

/** without a watchdog the status line goes out so often */
const STATUS_EVERY_MS = 20_000;

/** Tells that the agent is ready, and from then on how it is. Nobody to tell: does nothing. */
export function startService(options: ServiceOptions): Service {
  const { askJournal, cameras, status, log, notifier = notifierOf() } = options;
  if (notifier === null) return { stopping() {} };

  let unheard = false;
  function tell(...lines: string[]): void {
    try {
      notifier?.tell(...lines);
      unheard = false;
    } catch (error) {
      if (!unheard) log.error({ reason: messageOf(error) }, 'systemd cannot be told how the agent is');
      unheard = true;
    }
  }

  const { watchdogMs } = notifier;
  const everyMs = watchdogMs === null ? STATUS_EVERY_MS : beatEveryMs(watchdogMs);
  /** ticks since the journal was asked without an answer: a pause of this process itself is not the journal's */
  let unansweredTicks = 0;
  let asking = false;
  let ill: string | null = null;

  function beat(): void {
    const now = illness({
      journalSilentMs: unansweredTicks > 0 ? unansweredTicks * everyMs : null,
      cameras: cameras(),
    });
    if (now !== null && ill === null)
      log.error({ reason: now }, `no sign of life to systemd, which starts the agent again: ${now}`);
    if (now === null && ill !== null) log.warn('the agent is well again');
    ill = now;
    if (ill === null) tell('WATCHDOG=1', `STATUS=${status()}`);
    else tell(`STATUS=not well: ${ill}`);
  }

  function tick(): void {
    if (asking) unansweredTicks++;
    else {
      asking = true;
      const answered = () => {
        asking = false;
        unansweredTicks = 0;
      };
      askJournal().then(answered, answered);
    }
    beat();
  }

  tell('READY=1', `STATUS=${status()}`);
  const timer = setInterval(tick, everyMs);
  tick();
  return {
    stopping() {
      clearInterval(timer);
      tell('STOPPING=1', 'STATUS=closes open passages and keeps their reads');
    },
  };
}
