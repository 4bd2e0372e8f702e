export { type Explained, explain, type Grammars, type Pattern } from './grammar-policy.ts';
export { loadGrammars } from './load.ts';
