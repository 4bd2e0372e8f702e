import { shortOf } from './short.ts';

shortOf('loss');
