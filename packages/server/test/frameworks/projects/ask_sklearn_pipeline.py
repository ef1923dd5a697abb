"""What the pipeline of examples/sklearn-pipeline answers for customers who were held out, some with a number or a text missing."""

from pathlib import Path

import joblib
import pandas
from own_answer import tell

rows = pandas.read_csv(Path(__file__).parents[5] / "examples" / "sklearn-pipeline" / "held-out.csv").iloc[:64]
assert rows.charges.isna().any() and rows.payment.isna().any()
model = joblib.load("model.joblib")
texts = rows.select_dtypes(exclude="number").columns
# A missing text is an empty one in ONNX.
given = {name: (rows[name].fillna("") if name in texts else rows[name]).to_numpy().reshape(-1, 1) for name in rows}
tell(given, {"label": model.predict(rows), "probabilities": model.predict_proba(rows)})
