import { shortOf } from './short.ts';

shortOf('disk');
