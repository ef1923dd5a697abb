"""Trains the iris model and measures it. See ../README.md.

pip install -r requirements.txt
python train.py            a second; writes ../1/model.onnx and ../examples
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))
from golden import answer, write_example  # noqa: E402

MODEL = HERE.parent / "1" / "model.onnx"
SEED = 4
OPSET = {"": 17, "ai.onnx.ml": 3}


def classifier() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=SEED))


def export(pipeline: Pipeline) -> onnx.ModelProto:
    """As skl2onnx writes it by default, ZipMap and all; only the number of rows gets a name."""
    model = to_onnx(pipeline, initial_types=[("measurements", FloatTensorType([None, 4]))], target_opset=OPSET)
    model.ir_version = 8
    model.opset_import.sort(key=lambda entry: entry.domain)
    model.graph.name = "iris"
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    return model


def main() -> None:
    data = load_iris()
    labels = data.target_names[data.target]
    table = data.data.astype(np.float32)
    seen, held_out, seen_labels, held_out_labels = train_test_split(table, labels, test_size=0.3, stratify=labels, random_state=SEED)
    pipeline = classifier().fit(seen, seen_labels)
    MODEL.parent.mkdir(exist_ok=True)
    onnx.save(export(pipeline), MODEL)

    given = answer(MODEL, {"measurements": held_out})["output_label"]
    print(f"held out: {(given == held_out_labels).mean():.4f} of {len(held_out)} rows")
    print(f"ten-fold cross-validation: {cross_val_score(classifier(), table, labels, cv=10).mean():.4f}")
    for name in data.target_names:
        write_example(MODEL, name, {"measurements": held_out[held_out_labels == name][:1]})
    write_example(MODEL, "five-rows", {"measurements": held_out[:5]})


if __name__ == "__main__":
    main()
