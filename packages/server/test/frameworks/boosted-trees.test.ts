/** XGBoost, LightGBM and CatBoost, served as they are from their own file formats. */
import { plain, tfServing } from '../support/framework-dialects.ts'
import { frameworkTest } from '../support/framework-test.ts'

const shared = { way: 'as it is', packager: 'slipway', tolerance: 0 } as const

frameworkTest({ ...shared, framework: 'XGBoost', distribution: 'xgboost-cpu', project: 'xgboost', dialect: tfServing })
frameworkTest({ ...shared, framework: 'LightGBM', distribution: 'lightgbm', project: 'lightgbm', dialect: tfServing })
frameworkTest({ ...shared, framework: 'CatBoost', distribution: 'catboost', project: 'catboost', dialect: plain })
