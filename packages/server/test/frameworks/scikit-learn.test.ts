/** scikit-learn, served as it is. */
import { tfServing } from '../support/framework-dialects.ts'
import { frameworkTest } from '../support/framework-test.ts'

frameworkTest({
  framework: 'scikit-learn',
  distribution: 'scikit-learn',
  way: 'as it is',
  project: 'scikit-learn',
  packager: 'slipway',
  tolerance: 0,
  dialect: tfServing,
})
