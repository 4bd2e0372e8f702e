// What is asked of `anpr commission`, and what all its steps have in hand.

import type { ApiClient } from '../api/index.ts';
import type { Acceptance, Report, Session, Truth } from '../commission/index.ts';
import type { Config } from '../config/index.ts';
import type { BoxKey } from '../seal/index.ts';
import type { Language } from '../shared/languages.ts';
import type { Output } from './output.ts';

export interface CommissionOptions {
  config?: string;
  reason?: string;
  output: string;
  minutes?: number;
  passages?: number;
  by?: string;
  company?: string;
  lens?: string;
  height?: number;
  distance?: number;
  note?: string;
  language?: Language[];
  page?: true;
  port?: number;
  acceptance?: string;
  compare?: string;
  truth?: string;
  count?: number;
  recordOnly?: true;
  plates?: true;
  anew?: true;
  unsigned?: true;
  json?: true;
  from?: string;
  verify?: string;
  key?: string[];
}

/** An acceptance test under way. */
export interface Test {
  camera: string;
  options: CommissionOptions;
  output: Output;
  api: ApiClient;
  config: Config;
  configFile: string;
  acceptance: Acceptance;
  truth: Truth | undefined;
  before: Report | undefined;
  key: BoxKey | null;
  session: Session;
}
