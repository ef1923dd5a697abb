import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServeError } from '@slipway/protocol'
import type { Packager } from '../../src/config/packager.ts'
import { readEnvironmentSpec } from '../../src/environments/requirements.ts'
import { folderWith } from '../support/temporary-folder.ts'

const read = async (files: Readonly<Record<string, string>>, packager: Packager = 'slipway') =>
  readEnvironmentSpec(await folderWith(files), packager)
const refused = async (files: Readonly<Record<string, string>>, packager: Packager = 'slipway') =>
  read(files, packager).then(
    () => assert.fail('it was read'),
    (error: unknown) => {
      assert.ok(error instanceof ServeError && error.code === 'INVALID_ARGUMENT')
      return error.message
    },
  )

describe('requirements.txt', () => {
  test('comments, markers, extras, URLs and lines that go on', async () => {
    const spec = await read({
      'requirements.txt': [
        '# what the model needs',
        'scikit-learn==1.9.1   # exact',
        'uvicorn[standard]>=0.30 ; python_version < "3.13"',
        'pandas \\',
        '  >=2.2',
        'own @ https://files.example/own-1.0-py3-none-any.whl#sha256=aa',
        '',
      ].join('\n'),
    })
    assert.deepEqual(spec.requirements, [
      'scikit-learn==1.9.1',
      'uvicorn[standard]>=0.30 ; python_version < "3.13"',
      'pandas    >=2.2',
      'own @ https://files.example/own-1.0-py3-none-any.whl#sha256=aa',
      'numpy',
    ])
    assert.equal(spec.source, 'requirements.txt')
  })

  test('numpy is not asked for twice', async () => {
    assert.deepEqual((await read({ 'requirements.txt': 'NumPy<3\n' })).requirements, ['NumPy<3'])
  })

  test('other files by -r and -c, from where they lie', async () => {
    const spec = await read({
      'requirements.txt': '-r deeper/base.txt\n--constraint=bounds.txt\nshap\n',
      'deeper/base.txt': '-c more.txt\nscipy\n',
      'deeper/more.txt': 'scipy<2\n',
      'bounds.txt': 'shap<1\n',
    })
    assert.deepEqual(spec.requirements, ['scipy', 'shap', 'numpy'])
    assert.deepEqual(spec.constraints, ['scipy<2', 'shap<1'])
  })

  test('where packages come from is kept', async () => {
    const spec = await read({ 'requirements.txt': '--extra-index-url https://pypi.example/simple\n--pre\ntorch\n' })
    assert.deepEqual(spec.options, ['--extra-index-url https://pypi.example/simple', '--pre'])
  })

  test('hashes are kept by package', async () => {
    const spec = await read({ 'requirements.txt': 'Scikit_Learn==1.9.1 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\nnumpy==2.4.0\n' })
    assert.deepEqual(spec.requirements, ['Scikit_Learn==1.9.1', 'numpy==2.4.0'])
    assert.deepEqual(spec.hashes, { 'scikit-learn': ['sha256:aa', 'sha256:bb'] })
  })

  test('what has no place in an isolated environment is named', async () => {
    assert.match(await refused({ 'requirements.txt': '-e .\n' }), /^requirements\.txt: -e cannot be used in an isolated environment/)
    assert.match(await refused({ 'requirements.txt': '--target=/usr/lib\n' }), /--target cannot be used/)
  })

  test('a file that includes itself, and one that is not there', async () => {
    assert.match(await refused({ 'requirements.txt': '-r a.txt\n', 'a.txt': '-r requirements.txt\n' }), /includes itself/)
    assert.match(await refused({ 'requirements.txt': '-r gone.txt\n' }), /requirements\.txt includes gone\.txt, which does not exist/)
  })
})

describe('other files', () => {
  test('pyproject.toml', async () => {
    const spec = await read({ 'pyproject.toml': '[project]\nname = "m"\nrequires-python = ">=3.10,<3.14"\ndependencies = ["pandas>=2"]\n' })
    assert.deepEqual([spec.requirements, spec.python, spec.source], [['pandas>=2', 'numpy'], '>=3.10,<3.14', 'pyproject.toml'])
    assert.match(await refused({ 'pyproject.toml': '[project\n' }), /^pyproject\.toml is no valid TOML/)
  })

  test('requirements.txt comes before pyproject.toml', async () => {
    const spec = await read({ 'requirements.txt': 'a\n', 'pyproject.toml': '[project]\ndependencies = ["b"]\n' })
    assert.deepEqual([spec.requirements, spec.source], [['a', 'numpy'], 'requirements.txt'])
  })

  test('the pip part of conda.yaml, and its Python', async () => {
    const conda = 'dependencies:\n  - python=3.11\n  - libstdcxx\n  - pip\n  - pip:\n    - scikit-learn==1.9.1\n    - -r more.txt\n'
    const spec = await read({ 'conda.yaml': conda })
    assert.deepEqual([spec.requirements, spec.python], [['scikit-learn==1.9.1', 'numpy'], '3.11'])
  })

  test('none at all: what the worker needs', async () => {
    assert.deepEqual(await read({}), { requirements: ['numpy'], source: '' })
  })
})

describe('packagers', () => {
  test('Cog: packages, Python without quotes, packages of the system', async () => {
    const cog =
      'build:\n  python_version: 3.10\n  python_packages: ["pillow==11.0.0"]\n  system_packages: ["libgl1"]\npredict: predict.py:Predictor\n'
    const spec = await read({ 'cog.yaml': cog }, 'cog')
    assert.deepEqual(spec.requirements, ['pillow==11.0.0', 'cog', 'numpy'])
    assert.deepEqual([spec.python, spec.systemPackages, spec.source], ['3.10', ['libgl1'], 'cog.yaml'])
  })

  test('Cog: a file of requirements that is not there', async () => {
    const cog = 'build:\n  python_requirements: gone.txt\n'
    assert.match(await refused({ 'cog.yaml': cog }, 'cog'), /cog\.yaml names gone\.txt as python_requirements, which does not exist/)
  })

  test('Truss: its list, its file and py311', async () => {
    const config = 'python_version: py311\nrequirements: ["xgboost-cpu"]\nrequirements_file: more.txt\nsystem_packages: [ffmpeg]\n'
    const spec = await read({ 'config.yaml': config, 'more.txt': 'pandas\n' }, 'truss')
    assert.deepEqual(spec.requirements, ['xgboost-cpu', 'pandas', 'numpy'])
    assert.deepEqual([spec.python, spec.systemPackages], ['3.11', ['ffmpeg']])
  })

  test('MLflow: python_env.yaml and requirements.txt, else conda.yaml', async () => {
    const env = { 'python_env.yaml': 'python: 3.11.7\nbuild_dependencies: [pip]\ndependencies:\n  - -r requirements.txt\n' }
    const spec = await read({ ...env, 'requirements.txt': 'mlflow==3.17.2\n' }, 'mlflow')
    assert.deepEqual([spec.requirements, spec.python, spec.source], [['mlflow==3.17.2', 'numpy'], '3.11', 'python_env.yaml'])
    const conda = await read({ 'conda.yaml': 'dependencies:\n- pip:\n  - scipy\n' }, 'mlflow')
    assert.deepEqual(conda.requirements, ['scipy', 'mlflow', 'numpy'])
  })

  test('SageMaker: code/requirements.txt before the one beside it', async () => {
    const spec = await read({ 'code/requirements.txt': 'a\n', 'requirements.txt': 'b\n' }, 'sagemaker')
    assert.deepEqual([spec.requirements, spec.source], [['a', 'numpy'], 'code/requirements.txt'])
  })

  test('BentoML: bentofile.yaml, and the table of pyproject.toml', async () => {
    const file = await read({ 'bentofile.yaml': 'service: "service:Svc"\npython:\n  packages: [scipy]\n' }, 'bentoml')
    assert.deepEqual([file.requirements, file.source], [['scipy', 'bentoml', 'numpy'], 'bentofile.yaml'])
    const table = '[tool.bentoml.build.python]\npackages = ["shap"]\n'
    const inPyproject = await read({ 'pyproject.toml': table }, 'bentoml')
    assert.deepEqual([inPyproject.requirements, inPyproject.source], [['shap', 'bentoml', 'numpy'], 'pyproject.toml'])
  })
})
