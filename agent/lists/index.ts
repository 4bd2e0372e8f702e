export { type InForce, judge, type Situation, type Verdict } from './judge-policy.ts';
export { type Lists, type ListsOptions, startLists } from './lists.ts';
export { type Publisher, readManifest, signedText, trusted } from './manifest.ts';
