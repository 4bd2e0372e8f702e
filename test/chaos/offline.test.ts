import { shortOf } from './short.ts';

shortOf('offline');
