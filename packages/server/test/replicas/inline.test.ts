import { createInlineCarrier } from '../../src/replicas/inline.ts'
import { testCarrier } from '../contract/carrier.ts'

testCarrier('inline', () => createInlineCarrier())
