"""What the pipeline of examples/sklearn-pipeline answers for customers with texts, some of them missing."""

from pathlib import Path

import joblib
import pandas
from own_answer import tell

table = pandas.read_csv(Path(__file__).parents[5] / "examples" / "sklearn-pipeline" / "held-out.csv")
# JSON has no NaN, so no number is missing here; a missing text is an empty one.
rows = table[table.charges.notna()].iloc[:64]
model = joblib.load("model.joblib")
inputs = {name: rows[name].fillna("").to_numpy().reshape(-1, 1) if name in ("contract", "payment") else rows[name].to_numpy().reshape(-1, 1) for name in rows}
tell(inputs, {"label": model.predict(rows), "probabilities": model.predict_proba(rows)})
