import { shortOf } from './short.ts';

shortOf('link');
