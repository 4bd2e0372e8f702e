// One question to the agent over its socket, and what may come of it: an answer, lines until somebody has had enough, or an error
// that says what to do.

import { type IncomingMessage, request } from 'node:http';
import { introduce } from '../audit/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';

export const TIMEOUT_MS = 10_000;

/** Line by line, each checked, until the signal aborts. @throws {AnprError} `api.lost`, `api.version` */
export async function* follow<T>(
  response: IncomingMessage,
  check: (value: unknown) => T,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  try {
    for await (const line of linesOf(response)) yield understood(check, parsed(line));
  } catch (error) {
    if (!signal.aborted) throw error instanceof AnprError ? error : lost(error);
  } finally {
    response.destroy();
  }
  if (!signal.aborted) throw lost();
}

interface Question {
  socketPath: string;
  path: string;
  method: 'GET' | 'POST';
  /** its time-out or end */
  signal: AbortSignal;
  reason: string | undefined;
}

/** A response with status 200. @throws {AnprError} `api.*`, or with the code that the agent answers */
export function openAt({ socketPath, path, method, signal, reason }: Question): Promise<IncomingMessage> {
  const { headers, done } = introduce(socketPath, reason);
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      { socketPath, path, method, signal, headers: { host: 'agent', ...headers } },
      (response) => {
        if (response.statusCode === 200) {
          resolve(response);
          return;
        }
        textOf(response).then((text) => reject(failed(text)), reject);
      },
    );
    sent.once('error', (error) => reject(unreachable(error, socketPath)));
    sent.end();
  }).finally(done);
}

export async function* linesOf(response: IncomingMessage): AsyncGenerator<string, void> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const part of response) {
    const lines = (rest + part).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}

export async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) text += part;
  return text;
}

/** @throws {AnprError} `api.failed` */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AnprError('api.failed', 'the agent answered with something that is no JSON');
  }
}

/** An answer of the agent, checked. @throws {AnprError} `api.version` */
export function understood<T>(check: (value: unknown) => T, value: unknown): T {
  try {
    return check(value);
  } catch (error) {
    throw new AnprError(
      'api.version',
      `the agent's answer is not what this command knows: ${messageOf(error)}`,
      'The running agent and this command are of different versions: restart the agent.',
      { cause: error },
    );
  }
}

function failed(text: string): AnprError {
  const { error } = (parsed(text) ?? {}) as { error?: { code?: string; message?: string; remedy?: string } };
  return new AnprError(
    error?.code ?? 'api.failed',
    `the agent says: ${error?.message ?? text}`,
    error?.remedy,
  );
}

function unreachable(error: unknown, socketPath: string): AnprError {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return notRunning(socketPath);
    case 'EACCES':
    case 'EPERM':
      return new AnprError(
        'api.forbidden',
        `this user may not talk to the agent at ${socketPath}`,
        'Run this with sudo, or join the group anpr (sudo usermod -aG anpr NAME) and log in anew.',
      );
    case 'ABORT_ERR':
    case 'TimeoutError':
      return new AnprError('api.failed', `the agent did not answer within ${TIMEOUT_MS / 1000} s`);
    default:
      return lost(error);
  }
}

export function notRunning(socketPath: string): AnprError {
  return new AnprError(
    'api.not-running',
    `no agent answers at ${socketPath}`,
    'Start it with anpr run (or systemctl start anpr), or name its configuration with --config.',
  );
}

function lost(error?: unknown): AnprError {
  return new AnprError(
    'api.lost',
    `the connection to the agent ended${error ? `: ${messageOf(error)}` : ''}`,
    'See whether it still runs: anpr status',
  );
}
