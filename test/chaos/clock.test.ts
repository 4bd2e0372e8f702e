import { shortOf } from './short.ts';

shortOf('clock');
