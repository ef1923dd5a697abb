/** Every kind of model that `slipway convert` takes. */
import { fileURLToPath } from 'node:url'
import { convertedTest } from '../support/framework-convert.ts'
import { plain, tfServing } from '../support/framework-dialects.ts'

const example = (name: string) => fileURLToPath(new URL(`../../../../examples/${name}`, import.meta.url))
const classifier = { outputs: ['label', 'probabilities'] } as const

const sklearn = { framework: 'scikit-learn', distribution: 'scikit-learn', ...classifier } as const
convertedTest({ ...sklearn, project: 'scikit-learn', source: 'model.joblib', dialect: tfServing })
convertedTest({
  ...sklearn,
  framework: 'scikit-learn, examples/sklearn-pipeline',
  project: example('sklearn-pipeline/as-it-is'),
  script: 'ask_sklearn_pipeline.py',
  source: 'model.joblib',
  dialect: plain,
})

const xgboost = { distribution: 'xgboost-cpu', project: 'xgboost' } as const
convertedTest({ ...xgboost, framework: 'XGBoost, .json', source: 'model.json', outputs: ['probabilities'], dialect: plain })
convertedTest({
  distribution: 'lightgbm',
  project: 'lightgbm',
  framework: 'LightGBM, .txt',
  source: 'model.txt',
  outputs: ['prediction'],
  dialect: tfServing,
})

const catboost = { distribution: 'catboost', project: 'catboost-numbers', ...classifier, dialect: plain } as const
convertedTest({ ...catboost, framework: 'CatBoost, .cbm', source: 'model.cbm' })
convertedTest({ ...catboost, framework: 'CatBoost, .joblib', source: 'model.joblib' })

const pytorch = { distribution: 'torch', project: 'pytorch', outputs: ['output'], dialect: tfServing } as const
const sizes = { flags: ['--shape', '2,1,8,8'] } as const
convertedTest({ ...pytorch, framework: 'PyTorch, .pt2', source: 'network.pt2' })
convertedTest({ ...pytorch, framework: 'PyTorch, TorchScript', source: 'network.pt', ...sizes })
convertedTest({ ...pytorch, framework: 'PyTorch, function', source: 'trained.py:network', ...sizes })

const tensorflow = { distribution: 'tensorflow-cpu', project: 'tensorflow', outputs: ['output_0'], dialect: tfServing } as const
convertedTest({ ...tensorflow, framework: 'TensorFlow, SavedModel', source: 'saved' })
convertedTest({ ...tensorflow, framework: 'TensorFlow, .keras', source: 'model.keras' })
