import { MemoryStore } from '../../src/storage/memory';
import { storeContract } from '../fixtures/storage/contract';

storeContract('memory', () => Promise.resolve(new MemoryStore()));
