/** PyTorch and TensorFlow with Keras, served as they are. Their kernels may add in another order with another number of threads or rows. */
import { fileURLToPath } from 'node:url'
import { plain, tfServing } from '../support/framework-dialects.ts'
import { frameworkTest } from '../support/framework-test.ts'

const shared = { way: 'as it is', packager: 'slipway', tolerance: 1e-6 } as const

frameworkTest({ ...shared, framework: 'PyTorch', distribution: 'torch', project: 'pytorch', dialect: plain })
frameworkTest({
  ...shared,
  framework: 'PyTorch, examples/pytorch-image',
  distribution: 'torch',
  project: fileURLToPath(new URL('../../../../examples/pytorch-image', import.meta.url)),
  script: 'ask_pytorch.py',
  dialect: tfServing,
})
frameworkTest({ ...shared, framework: 'TensorFlow, Keras', distribution: 'tensorflow-cpu', project: 'tensorflow', dialect: tfServing })
