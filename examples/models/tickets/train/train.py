"""Trains the tickets model and measures it. See ../README.md.

pip install -r requirements.txt
python train.py            a few seconds; writes ../1/model.onnx and ../examples
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from corpus import corpus
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))
from golden import answer, write_example  # noqa: E402

MODEL = HERE.parent / "1" / "model.onnx"
SEED = 3
PER_TEAM = 3000
OPSET = {"": 17, "ai.onnx.ml": 3}
# No \b and no look-around: onnxruntime splits words with RE2, so the pattern must mean the same there.
WORD = "[a-zA-Z0-9]+"
EXAMPLES = {
    "charged-twice": "I was charged twice for my subscription.",
    "crash": "The app crashes whenever I open a large file.",
    "locked-out": "I forgot my password and cannot log in.",
    "late-parcel": "Where is my parcel? It should have arrived on Tuesday.",
}


def held_out() -> tuple[list[str], list[str]]:
    """Texts and teams of the sentences that were written by hand."""
    rows = [line.split("\t") for line in (HERE / "held_out.tsv").read_text(encoding="utf-8").splitlines()]
    return [text for _, text in rows], [team for team, _ in rows]


def export(pipeline: Pipeline) -> onnx.ModelProto:
    """As skl2onnx writes it by default, ZipMap and all; only the number of rows gets a name.

    The locale is C, since the default, en_US, must be installed on the machine that serves.
    """
    options = {TfidfVectorizer: {"tokenexp": WORD, "locale": "C"}}
    model = to_onnx(pipeline, initial_types=[("text", StringTensorType([None, 1]))], target_opset=OPSET, options=options)
    model.ir_version = 8
    model.opset_import.sort(key=lambda entry: entry.domain)
    model.graph.name = "tickets"
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    return model


def column(texts: list[str]) -> np.ndarray:
    return np.array(texts, dtype=object).reshape(-1, 1)


def main() -> None:
    texts, teams = corpus(PER_TEAM, SEED)
    words = TfidfVectorizer(token_pattern=WORD, sublinear_tf=True, min_df=3)
    pipeline = make_pipeline(words, LogisticRegression(C=3, max_iter=2000, random_state=SEED)).fit(texts, teams)
    MODEL.parent.mkdir(exist_ok=True)
    onnx.save(export(pipeline), MODEL)

    questions, wanted = held_out()
    given = answer(MODEL, {"text": column(questions)})["output_label"]
    print(f"held out, written by hand: {(given == np.array(wanted)).mean():.4f} of {len(questions)}")
    print(f"{len(words.vocabulary_)} words, {MODEL.stat().st_size} bytes")
    print(f"agrees with scikit-learn: {(given == pipeline.predict(questions)).mean():.4f}")
    for text, right, said in zip(questions, wanted, given, strict=True):
        if right != said:
            print(f"  misread {right} as {said}: {text}")
    for name, text in EXAMPLES.items():
        write_example(MODEL, name, {"text": column([text])})
    write_example(MODEL, "four-tickets", {"text": column(list(EXAMPLES.values()))})


if __name__ == "__main__":
    main()
