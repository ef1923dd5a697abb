/** Whose layout a Python project is in. */

export const PACKAGERS = ['slipway', 'sagemaker', 'truss', 'cog', 'mlflow', 'bentoml'] as const
export type Packager = (typeof PACKAGERS)[number]

/** As people know them. */
export const PACKAGER_NAMES: Readonly<Record<Packager, string>> = {
  slipway: 'model.py',
  sagemaker: 'SageMaker',
  truss: 'Truss',
  cog: 'Cog',
  mlflow: 'MLflow',
  bentoml: 'BentoML',
}
