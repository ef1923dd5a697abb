/** Every kind of model that `slipway convert` takes. */
import { fileURLToPath } from 'node:url'
import { convertTest } from '../support/framework-convert.ts'

const pipeline = fileURLToPath(new URL('../../../../examples/sklearn-pipeline/as-it-is', import.meta.url))

convertTest({ framework: 'scikit-learn', project: 'scikit-learn', source: 'model.joblib' })
convertTest({
  framework: 'scikit-learn, examples/sklearn-pipeline',
  project: pipeline,
  script: 'ask_sklearn_pipeline.py',
  source: 'model.joblib',
})
convertTest({ framework: 'XGBoost', project: 'xgboost', source: 'model.json', output: 'probabilities' })
convertTest({ framework: 'LightGBM', project: 'lightgbm', source: 'model.txt' })
convertTest({ framework: 'CatBoost', project: 'catboost-numbers', source: 'model.cbm' })
convertTest({ framework: 'PyTorch, exported program', project: 'pytorch', source: 'network.pt2' })
convertTest({ framework: 'PyTorch, TorchScript', project: 'pytorch', source: 'network.pt', flags: ['--shape', '2,1,8,8'] })
convertTest({
  framework: 'PyTorch, function',
  project: 'pytorch',
  source: 'trained.py:network',
  flags: ['--shape', '2,1,8,8'],
})
convertTest({ framework: 'TensorFlow, SavedModel', project: 'tensorflow', source: 'saved' })
convertTest({ framework: 'TensorFlow, Keras', project: 'tensorflow', source: 'model.keras' })
