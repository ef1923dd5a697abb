/** A project in the shape of each packager, served as it is: those of examples/projects, and two that are trained here. */
import { fileURLToPath } from 'node:url'
import { bentoml, cog, mlflow, sagemaker, truss } from '../support/framework-dialects.ts'
import { frameworkTest } from '../support/framework-test.ts'

const example = (name: string) => fileURLToPath(new URL(`../../../../examples/projects/${name}`, import.meta.url))
const shared = { way: 'packager', tolerance: 0 } as const

frameworkTest({
  ...shared,
  framework: 'Cog',
  distribution: 'cog',
  project: example('cog-digits'),
  packager: 'cog',
  script: 'ask_cog.py',
  dialect: cog,
})
frameworkTest({ ...shared, framework: 'Truss', project: example('truss-wine'), packager: 'truss', script: 'ask_truss.py', dialect: truss })
frameworkTest({
  ...shared,
  framework: 'SageMaker',
  project: example('sagemaker-diabetes'),
  packager: 'sagemaker',
  script: 'ask_sagemaker.py',
  dialect: sagemaker,
})
frameworkTest({
  ...shared,
  framework: 'MLflow',
  distribution: 'mlflow',
  project: 'mlflow',
  packager: 'mlflow',
  served: 'model',
  dialect: mlflow,
})
frameworkTest({ ...shared, framework: 'BentoML', distribution: 'bentoml', project: 'bentoml', packager: 'bentoml', dialect: bentoml })
