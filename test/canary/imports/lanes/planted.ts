// A planted error: lanes may not enter storage, nor may a room use Node.
import { readFileSync } from 'node:fs';
import { stored } from '../storage/planted';

export const planted = [readFileSync, stored];
