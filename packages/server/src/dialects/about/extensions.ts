/** What this server adds to the Open Inference Protocol, by the names that Triton gives them in its server metadata. */
export const EXTENSIONS: readonly string[] = [
  'classification',
  'model_repository',
  'model_repository(unload_dependents)',
  'schedule_policy',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
]
