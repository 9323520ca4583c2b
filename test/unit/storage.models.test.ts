import { MemoryModelStore } from '../../src/storage/memoryModels';
import { modelsContract } from '../fixtures/storage/modelsContract';

modelsContract('memory', () => Promise.resolve(new MemoryModelStore()));
