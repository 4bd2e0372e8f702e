// The topics of the contract, version 1.

import { CONTRACT_VERSION } from './messages.ts';

export interface Address {
  site: string;
  box: string;
}

/** `anpr/1/{site}/{box}/{name}` */
export function topicOf({ site, box }: Address, name: 'read' | 'hit' | 'status' | 'health'): string {
  return `anpr/${CONTRACT_VERSION}/${site}/${box}/${name}`;
}
