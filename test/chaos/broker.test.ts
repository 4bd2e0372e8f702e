import { shortOf } from './short.ts';

shortOf('broker');
