import { createMemoryRecords } from '../../../src/stores/records/memory.ts'
import { testRecordStore } from '../../contract/record-store.ts'

testRecordStore('memory', async () => createMemoryRecords())
