"""scikit-learn estimators and pipelines, with XGBoost, LightGBM and CatBoost inside or alone, by skl2onnx and onnxmltools."""
import copy
import os

import numpy as np
from slipway_convert import Refused, missing, rename_outputs, versions, write_rows

PACKAGES = ("scikit-learn", "xgboost", "xgboost-cpu", "lightgbm", "catboost", "pandas", "numpy", "skl2onnx", "onnxmltools", "onnx")


def convert(request, progress):
    progress(1, "opening the model")
    model = load(request["kind"], request["path"])
    schema = schema_of(model)
    progress(2, "reading the data" if request.get("data") else "making rows from the training schema")
    table, generated = table_of(request, schema)
    progress(3, "converting")
    onnx_model, names = to_onnx(model, schema, request)
    os.makedirs(request["out"], exist_ok=True)
    with open(os.path.join(request["out"], "model.onnx"), "wb") as file:
        file.write(onnx_model.SerializeToString())
    progress(4, "asking the original")
    inputs = {name: array for name, array in schema.tensors(table, request["precision"]).items()}
    rows = len(next(iter(inputs.values())))
    examples = write_rows(os.path.join(request["out"], "rows.jsonl"), inputs, lambda start, end: answers(model, schema, table, (start, end), names), rows)
    found = versions(PACKAGES)
    return {
        "by": " and ".join("%s %s" % (name, found[name]) for name in ("skl2onnx", "onnxmltools") if name in found and (name == "skl2onnx" or boosted(model))),
        "packages": {name: version for name, version in found.items() if name not in ("skl2onnx", "onnxmltools", "onnx")},
        "kind": type(model).__name__,
        "task": "tabular-classification" if classifies(model) else "tabular-regression",
        "inputs": schema.declarations(),
        "outputs": {"probabilities": {"kind": "scores", "labels": [label(one) for one in model.classes_]}} if "probabilities" in names else {},
        "rows": rows,
        "generated": generated,
        "examples": examples,
    }


def classifies(model):
    return has(model, "classes_") and len(model.classes_) > 0


def has(model, name):
    try:
        return getattr(model, name, None) is not None
    except Exception:  # A property of an estimator may raise what it likes.
        return False


def label(one):
    return one.item() if isinstance(one, np.generic) else one


def load(kind, path):
    if kind == "pickle":
        import joblib

        try:
            model = joblib.load(path)
        except ModuleNotFoundError:
            raise
        except Exception as error:
            raise Refused("%s could not be opened: %s: %s; was it written with other versions than those of requirements.txt?" % (os.path.basename(path), type(error).__name__, str(error).split("\n")[0][:300]))
        if isinstance(model, dict):
            model = next((one for one in model.values() if hasattr(one, "predict")), model)
        if not hasattr(model, "predict"):
            raise Refused("%s holds a %s, which has no predict; save the fitted estimator or pipeline itself" % (os.path.basename(path), type(model).__name__))
        return model
    if kind == "xgboost":
        return load_xgboost(path)
    if kind == "lightgbm":
        return load_lightgbm(path)
    return load_catboost(path)


def load_xgboost(path):
    import xgboost as xgb

    booster = xgb.Booster(model_file=path)
    import json

    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    kind = xgb.XGBClassifier if objective.startswith(("binary:", "multi:")) else xgb.XGBRegressor
    model = kind()
    model.load_model(path)
    return model


class Boosted:
    """A LightGBM booster with the methods of an estimator."""

    def __init__(self, booster):
        self.booster_ = booster
        objective = booster.dump_model()["objective"].split(" ")[0]
        self.classifies = objective in ("binary", "multiclass", "multiclassova")
        if self.classifies:
            self.classes_ = np.arange(max(2, booster.num_model_per_iteration()))
        self.n_features_in_ = booster.num_feature()
        self.feature_names_in_ = np.array(booster.feature_name())

    def predict_proba(self, rows):
        scores = self.booster_.predict(rows)
        return np.stack([1 - scores, scores], axis=1) if scores.ndim == 1 else scores

    def predict(self, rows):
        return self.predict_proba(rows).argmax(axis=1) if self.classifies else self.booster_.predict(rows)


def load_lightgbm(path):
    import lightgbm

    return Boosted(lightgbm.Booster(model_file=path))


def load_catboost(path):
    import catboost

    format = "json" if path.endswith(".json") else "cbm"
    for kind in (catboost.CatBoostClassifier, catboost.CatBoostRegressor):
        model = kind()
        try:
            model.load_model(path, format=format)
            if kind is catboost.CatBoostClassifier and len(model.classes_) == 0:
                continue
            return model
        except catboost.CatBoostError:
            continue
    raise Refused("%s is no model of CatBoost" % os.path.basename(path))


def parts(model):
    """Every estimator inside, itself first."""
    yield model
    inner = [step for _, step in getattr(model, "steps", [])]
    inner += [one for _, one, _ in getattr(model, "transformers_", [])]
    inner += [one for _, one in getattr(model, "transformer_list", [])]
    inner += [getattr(model, name) for name in ("estimator", "best_estimator_", "final_estimator_", "regressor_") if has(model, name)]
    inner += list(getattr(model, "estimators_", [])) if not hasattr(getattr(model, "estimators_", None), "ravel") else []
    for one in inner:
        if hasattr(one, "get_params"):
            yield from parts(one)


def boosted(model):
    return any(type(one).__module__.split(".")[0] in ("xgboost", "lightgbm", "catboost") or isinstance(one, Boosted) for one in parts(model))


# ---- what the model was trained on

class Column:
    def __init__(self, name):
        self.name = name
        self.text = False
        self.values = []  # Categories that were seen.
        self.middle, self.spread = 0.0, 1.0
        self.cuts = []  # Where trees decide.
        self.may_miss = False

    def declaration(self):
        said = {"kind": "features", "names": [self.name]}
        return {**said, "missing": True} if self.may_miss else said


class Schema:
    """One tensor for each column where the columns are named and differ in kind, else one table of numbers."""

    def __init__(self, columns, named, texts_as_table=False):
        self.columns, self.named = columns, named
        self.apart = any(column.text for column in columns) or texts_as_table

    def tensors(self, table, precision):
        real = np.float64 if precision == "double" else np.float32
        if not self.apart:
            return {"features": np.stack([np.asarray(table[column.name], dtype=np.float64) for column in self.columns], axis=1).astype(real)}
        made = {}
        for column in self.columns:
            values = np.asarray(table[column.name], dtype=object if column.text else np.float64)
            made[column.name] = (values if column.text else values.astype(real)).reshape(-1, 1)
        return made

    def types(self, precision):
        from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType

        real = DoubleTensorType if precision == "double" else FloatTensorType
        if not self.apart:
            return [("features", real([None, len(self.columns)]))]
        return [(column.name, (StringTensorType if column.text else real)([None, 1])) for column in self.columns]

    def rows(self, table, start, end):
        """What the original takes."""
        columns = {column.name: table[column.name][start:end] for column in self.columns}
        if self.named:
            import pandas as pd

            return pd.DataFrame(columns)
        return np.stack([np.asarray(values) for values in columns.values()], axis=1)

    def declarations(self):
        if self.apart:
            return {column.name: column.declaration() for column in self.columns if not column.text}
        missing = {"missing": True} if any(column.may_miss for column in self.columns) else {}
        return {"features": {"kind": "features", "names": [column.name for column in self.columns], **missing}} if len(self.columns) <= 64 else {}


def schema_of(model):
    names = next((list(getattr(one, name)) for one in parts(model) for name in ("feature_names_in_", "feature_names_") if has(one, name) and len(getattr(one, name)) > 0), None)
    named = names is not None and not isinstance(model, Boosted) and type(model).__module__.split(".")[0] != "catboost"
    if names is None:
        count = next((getattr(one, "n_features_in_") for one in parts(model) if has(one, "n_features_in_")), None)
        if count is None:
            raise Refused("the model does not say how many columns it takes; is it fitted?")
        names = ["f%d" % index for index in range(int(count))]
    columns = [Column(str(name)) for name in names]
    learn(model, columns)
    return Schema(columns, named)


def learn(model, columns):
    """Walks through the steps with the columns that reach each; what made new columns ends the walk."""
    for step in [one for _, one in getattr(model, "steps", [])] or [model]:
        kind = type(step).__name__
        if kind == "ColumnTransformer":
            for _, inner, chosen in step.transformers_:
                picked = pick(columns, chosen)
                if hasattr(inner, "get_params"):
                    learn(inner, picked)
            return
        if kind in ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder"):
            for column, values in zip(columns, step.categories_):
                column.text = column.text or any(isinstance(one, str) for one in values)
                column.values = list(values)
            return
        if kind == "SimpleImputer":
            for column, value in zip(columns, step.statistics_):
                column.may_miss = True
                column.text = column.text or isinstance(value, str) or isinstance(step.fill_value, str)
                if not column.text and value == value:
                    column.middle = float(value)
        elif hasattr(step, "mean_") and hasattr(step, "scale_") and kind == "StandardScaler":
            for index, column in enumerate(columns):
                column.middle = float(step.mean_[index]) if step.mean_ is not None else 0.0
                column.spread = float(step.scale_[index]) if step.scale_ is not None else 1.0
        elif hasattr(step, "data_min_"):
            for column, low, high in zip(columns, step.data_min_, step.data_max_):
                column.middle, column.spread = float(low + high) / 2, float(high - low) / 4 or 1.0
        elif kind == "Pipeline":
            learn(step, columns)
        elif hasattr(step, "get_params"):
            learn_cuts(step, columns)
            if hasattr(step, "transform"):
                return


def learn_cuts(model, columns):
    """Rows made up must fall on both sides of what trees ask."""
    trees = getattr(model, "estimators_", None)
    trees = list(np.ravel(np.asarray(trees, dtype=object))) if trees is not None else [model]
    for tree in trees[:50]:
        inner = getattr(tree, "tree_", None)
        if inner is not None and inner.n_features == len(columns):
            for feature, cut in zip(inner.feature, inner.threshold):
                if feature >= 0:
                    columns[feature].cuts.append(float(cut))
    for column in columns:
        if len(column.cuts) > 1:
            column.middle, column.spread = float(np.mean(column.cuts)), float(np.std(column.cuts)) * 1.5 or 1.0


def pick(columns, chosen):
    if isinstance(chosen, slice):
        return columns[chosen]
    if isinstance(chosen, str) or np.isscalar(chosen):
        chosen = [chosen]
    chosen = list(chosen)
    if chosen and isinstance(chosen[0], (bool, np.bool_)):
        return [column for column, keep in zip(columns, chosen) if keep]
    by_name = {column.name: column for column in columns}
    return [by_name[one] if isinstance(one, str) else columns[int(one)] for one in chosen]


# ---- the rows that both are asked about

def table_of(request, schema):
    if request.get("data"):
        return read_table(request["data"], schema), False
    return generate(schema, request["rows"]), True


def generate(schema, count):
    """Numbers around what was seen in training, categories that were, and now and then one that was not or a missing value."""
    random = np.random.default_rng(20)
    table = {}
    for column in schema.columns:
        if column.values:
            seen = np.array(column.values, dtype=object)
            values = seen[random.integers(0, len(seen), count)]
            if not column.text:
                values = values.astype(np.float64)
        elif column.text:
            values = np.array(["a", "b", "c"], dtype=object)[random.integers(0, 3, count)]
        else:
            values = random.normal(column.middle, column.spread or 1.0, count)
            # Half of the rows have no more digits than people write.
            values = np.where(random.random(count) < 0.5, np.round(values, 2), values)
            # FP32 is what is sent.
            values = values.astype(np.float32).astype(np.float64)
        if column.may_miss:
            values = np.where(random.random(count) < 0.08, np.nan, values) if not column.text else np.array([np.nan if one < 0.08 else value for one, value in zip(random.random(count), values)], dtype=object)
        table[column.name] = values
    return table


def read_table(path, schema):
    names = [column.name for column in schema.columns]
    records = read_records(path)
    if not records:
        raise Refused("%s has no rows" % os.path.basename(path))
    first = records[0]
    absent = [name for name in names if name not in first]
    if absent and len(first) == len(names) and not schema.named:
        keys = list(first)
        return column_values(schema, records, dict(zip(names, keys)))
    if absent:
        raise Refused("%s has no column %s; the model takes %s" % (os.path.basename(path), ", ".join('"%s"' % name for name in absent[:5]), ", ".join(names)[:400]))
    return column_values(schema, records, {name: name for name in names})


def column_values(schema, records, keys):
    table = {}
    for column in schema.columns:
        values = [record.get(keys[column.name]) for record in records]
        if column.text:
            table[column.name] = np.array([np.nan if one is None or one == "" or missing(one) else str(one) for one in values], dtype=object)
            continue
        made = []
        for row, one in enumerate(values):
            try:
                made.append(np.nan if one is None or one == "" else float(one))
            except (TypeError, ValueError):
                raise Refused('row %d, column "%s": "%s" is no number' % (row + 1, column.name, str(one)[:80]))
        table[column.name] = np.array(made, dtype=np.float64)
    return table


def read_records(path):
    """CSV with a header, JSON or JSON lines of objects, or Parquet."""
    import csv
    import json

    extension = os.path.splitext(path)[1].lower()
    if extension in (".parquet", ".pq"):
        import pandas as pd

        return pd.read_parquet(path).to_dict("records")
    with open(path, newline="", encoding="utf-8") as file:
        if extension in (".csv", ".tsv"):
            return list(csv.DictReader(file, delimiter="\t" if extension == ".tsv" else ","))
        text = file.read()
    if extension in (".jsonl", ".ndjson"):
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    if extension == ".json":
        found = json.loads(text)
        if isinstance(found, list) and all(isinstance(one, dict) for one in found):
            return found
        raise Refused("%s must hold a list of objects, one for each row" % os.path.basename(path))
    raise Refused("%s is none of CSV, TSV, JSON, JSON lines and Parquet" % os.path.basename(path))


# ---- the conversion

def to_onnx(model, schema, request):
    names = output_names(model)
    types = schema.types(request["precision"])
    if isinstance(model, Boosted) or type(model).__module__.split(".")[0] in ("xgboost", "catboost", "lightgbm"):
        converted = boosted_alone(model, types)
    else:
        converted = pipeline(model, types, request)
    plain_scores(converted)
    if request["precision"] == "double":
        single_trees(converted)
        wide_imputers(converted, model)
    free_rows(converted)
    used = names[: len(converted.graph.output)] if len(converted.graph.output) <= len(names) else names
    rename_outputs(converted, used)
    return converted, used


def plain_scores(made):
    """Takes out ZipMap, which makes dictionaries of scores; the tensor before it is what is served."""
    import onnx

    for node in [one for one in made.graph.node if one.op_type == "ZipMap"]:
        made.graph.node.remove(node)
        for index, output in enumerate(made.graph.output):
            if output.name == node.output[0]:
                made.graph.output[index].CopyFrom(onnx.helper.make_tensor_value_info(node.input[0], onnx.TensorProto.FLOAT, [None, None]))


def single_trees(made):
    """The steps before trees run in FP64 as they did; the trees themselves take FP32, as those of scikit-learn and XGBoost do."""
    import onnx

    for index, node in reversed(list(enumerate(made.graph.node))):
        if node.op_type in ("TreeEnsembleClassifier", "TreeEnsembleRegressor"):
            narrowed = node.input[0] + "_single"
            made.graph.node.insert(index, onnx.helper.make_node("Cast", [node.input[0]], [narrowed], to=onnx.TensorProto.FLOAT))
            made.graph.node[index + 1].input[0] = narrowed
    makers = {name: node for node in made.graph.node for name in node.output}
    for output in made.graph.output:
        maker = makers.get(output.name)
        while maker is not None and maker.op_type in ("Identity", "Reshape"):
            maker = makers.get(maker.input[0])
        if maker is not None and maker.op_type.startswith("TreeEnsemble") and output.type.tensor_type.elem_type == onnx.TensorProto.DOUBLE:
            output.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    del made.graph.value_info[:]


def wide_imputers(made, model):
    """onnxruntime fills in missing numbers in FP32 alone; in FP64 a condition does the same, with the value that was learned."""
    import onnx

    learned = [part.statistics_.astype(np.float64) for part in parts(model) if type(part).__name__ == "SimpleImputer" and part.statistics_.dtype.kind == "f"]
    for index, node in reversed(list(enumerate(made.graph.node))):
        told = {one.name: one for one in node.attribute}
        if node.op_type != "Imputer" or "imputed_value_floats" not in told or not np.isnan(told["replaced_value_float"].f):
            continue
        rounded = np.array(told["imputed_value_floats"].floats, dtype=np.float32)
        values = next((one for one in learned if one.shape == rounded.shape and np.array_equal(one.astype(np.float32), rounded)), rounded.astype(np.float64))
        fill, lacks = node.output[0] + "_fill", node.output[0] + "_lacks"
        made.graph.initializer.append(onnx.numpy_helper.from_array(values.reshape(1, -1), fill))
        given, filled = node.input[0], node.output[0]
        made.graph.node.remove(node)
        made.graph.node.insert(index, onnx.helper.make_node("Where", [lacks, fill, given], [filled]))
        made.graph.node.insert(index, onnx.helper.make_node("IsNaN", [given], [lacks]))


def free_rows(made):
    """Some converters say that a label is one, however many rows there are."""
    for output in made.graph.output:
        sizes = output.type.tensor_type.shape.dim
        if len(sizes) > 0 and sizes[0].dim_param == "":
            sizes[0].dim_param = "rows"
    for one in made.graph.input:
        sizes = one.type.tensor_type.shape.dim
        if len(sizes) > 0:
            sizes[0].dim_param = "rows"


def output_names(model):
    if classifies(model):
        return ["label", "probabilities"] if hasattr(model, "predict_proba") else ["label", "scores"]
    return ["prediction"]


def pipeline(model, types, request):
    from skl2onnx import convert_sklearn, get_latest_tested_opset_version

    if boosted(model):
        register_boosted()
    whole_numbers()
    plain = copy.deepcopy(model)
    for part in parts(plain):
        texts_for_missing(part)
    opset = {"": request.get("opset") or min(21, get_latest_tested_opset_version()), "ai.onnx.ml": 3}
    options = {"zipmap": False} if classifies(model) and hasattr(model, "predict_proba") else {}
    return convert_sklearn(plain, initial_types=types, options=options, target_opset=opset)


def whole_numbers():
    """onnx takes no truth values where skl2onnx 1.20 gives them for HistGradientBoosting; ones and zeros are what they mean."""
    from skl2onnx.common import _container

    make = _container.make_node
    if getattr(make, "slipway", False):
        return

    def made(*args, **attributes):
        plain = {name: [int(one) for one in value] if isinstance(value, list) and any(isinstance(one, (bool, np.bool_)) for one in value) else value for name, value in attributes.items()}
        return make(*args, **plain)

    made.slipway = True
    _container.make_node = made


def texts_for_missing(part):
    """ONNX has no missing text: an empty one stands for it."""
    kind = type(part).__name__
    if kind == "SimpleImputer" and has(part, "statistics_") and part.statistics_.dtype.kind in "OUS" and missing(part.missing_values):
        part.missing_values = ""
    if kind in ("OneHotEncoder", "OrdinalEncoder") and has(part, "categories_"):
        part.categories_ = [np.array(["" if missing(one) else one for one in values], dtype=object) if any(isinstance(one, str) for one in values) else values for values in part.categories_]


def register_boosted():
    """Lets skl2onnx convert those inside a pipeline: https://onnx.ai/sklearn-onnx/auto_tutorial/plot_gexternal_xgboost.html"""
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes as of_classifier
    from skl2onnx.common.shape_calculator import calculate_linear_regressor_output_shapes as of_regressor

    classifier = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
    for package, estimators, where in (
        ("xgboost", ("XGBClassifier", "XGBRegressor"), "onnxmltools.convert.xgboost.operator_converters.XGBoost:convert_xgboost"),
        ("lightgbm", ("LGBMClassifier", "LGBMRegressor"), "onnxmltools.convert.lightgbm.operator_converters.LightGbm:convert_lightgbm"),
    ):
        try:
            library = __import__(package)
        except ImportError:
            continue
        module, function = where.split(":")
        converter = getattr(__import__(module, fromlist=[function]), function)
        for name in estimators:
            is_classifier = name.endswith("Classifier")
            update_registered_converter(
                getattr(library, name), "Slipway" + name, of_classifier if is_classifier else of_regressor, converter,
                options=classifier if is_classifier else ({"split": None} if package == "lightgbm" else {}),
            )


def boosted_alone(model, types):
    package = "lightgbm" if isinstance(model, Boosted) else type(model).__module__.split(".")[0]
    if package == "catboost":
        import tempfile

        import onnx

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.onnx")
            model.save_model(path, format="onnx")
            made = onnx.load(path)
        if not classifies(model):
            # It says [rows] and gives [rows, 1].
            made.graph.output[0].CopyFrom(onnx.helper.make_tensor_value_info(made.graph.output[0].name, onnx.TensorProto.FLOAT, [None, 1]))
        return made
    from onnxmltools.convert import convert_lightgbm, convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    own = [(name, FloatTensorType([None, kind.shape[1]])) for name, kind in types]
    if package == "xgboost":
        booster = model.get_booster()
        booster.feature_names = None  # Its converter wants f0, f1, …
        return convert_xgboost(model, initial_types=own, target_opset=15)
    return convert_lightgbm(model.booster_ if isinstance(model, Boosted) else model, initial_types=own, zipmap=False, target_opset=15)


def answers(model, schema, table, rows, names):
    given = schema.rows(table, *rows)
    made = {}
    for name in names:
        if name == "label":
            found = np.asarray(model.predict(given)).reshape(-1)
        elif name == "probabilities":
            found = np.asarray(model.predict_proba(given))
        elif name == "scores":
            found = np.asarray(model.decision_function(given))
        else:
            found = np.asarray(model.predict(given))
        if found.dtype.kind == "b" or name == "label" and found.dtype.kind in "iu":
            found = found.astype(np.int64)
        made[name] = found.astype(np.float32) if found.dtype.kind == "f" else found
    return made
