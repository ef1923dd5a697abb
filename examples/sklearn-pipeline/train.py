"""Trains the pipeline of this example, and writes down the rows that were held out.

    pip install -r as-it-is/requirements.txt && python train.py

The customers are made up by a rule with noise, since no real table of this kind may be passed on: contracts by the month, short tenure and
high charges make people leave. Some charges and ways of payment are missing, as in real tables.
"""
import pathlib

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(7)
count = 4000

customers = pd.DataFrame(
    {
        "tenure": random.integers(0, 72, count).astype(float),
        "charges": random.normal(65, 30, count).clip(18).round(2),
        "contract": random.choice(["month to month", "one year", "two years"], count, p=[0.55, 0.25, 0.2]),
        "payment": random.choice(["card", "bank transfer", "cheque"], count),
    }
)
leaning = 1.6 * customers.contract.eq("month to month") - customers.tenure / 30 + customers.charges / 60 + 0.5 * customers.payment.eq("cheque")
leaves = np.where(leaning + random.normal(0, 0.6, count) > 1.1, "leaves", "stays")
customers.loc[random.random(count) < 0.08, "charges"] = np.nan
customers.loc[random.random(count) < 0.08, "payment"] = np.nan

numbers = Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
words = Pipeline([("fill", SimpleImputer(strategy="constant", fill_value="unknown")), ("encode", OneHotEncoder(handle_unknown="ignore"))])
pipeline = Pipeline(
    [
        ("columns", ColumnTransformer([("numbers", numbers, ["tenure", "charges"]), ("words", words, ["contract", "payment"])])),
        ("trees", GradientBoostingClassifier(n_estimators=120, max_depth=3, random_state=0)),
    ]
)
trained, held_out = slice(0, 3500), slice(3500, count)
pipeline.fit(customers[trained], leaves[trained])
print("accuracy on 500 customers that were held out: %.3f" % pipeline.score(customers[held_out], leaves[held_out]))
print("the more frequent answer is right for %.3f" % max(np.mean(leaves[held_out] == "leaves"), np.mean(leaves[held_out] == "stays")))
joblib.dump(pipeline, HERE / "as-it-is" / "model.joblib", compress=3)
customers[held_out].to_csv(HERE / "held-out.csv", index=False)
