import { shortOf } from './short.ts';

shortOf('power');
