import { readData } from './connect.ts';

readData();
