export {
  type Explained,
  explain,
  type Grammars,
  LOOK_ALIKES,
  likeliestCountry,
  NO_GRAMMARS,
  type Pattern,
} from './grammar-policy.ts';
export { explainSeen, type Seen } from './lengths-policy.ts';
export { countrySigns, loadGrammars } from './load.ts';
export { explainReading } from './reading.ts';
