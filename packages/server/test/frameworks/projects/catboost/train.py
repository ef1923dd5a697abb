"""Boosted trees of CatBoost over a table with a column of texts, in its own file format."""

import numpy as np
from catboost import CatBoostClassifier
from own_answer import tell

random = np.random.default_rng(1)
city = random.choice(["Bern", "Genève", "Zürich", "Lugano"], 400)
age = random.integers(18, 90, 400).astype(np.float64)
income = random.normal(60, 20, 400)
buys = (income + 20 * (city == "Zürich") - 0.3 * age + random.normal(0, 8, 400) > 45).astype(int)
rows = [list(row) for row in zip(city.tolist(), age.tolist(), income.tolist())]

trained = CatBoostClassifier(iterations=80, depth=4, random_seed=1, verbose=False, allow_writing_files=False)
trained.fit(rows[:336], buys[:336], cat_features=[0])
trained.save_model("model.cbm")
model = CatBoostClassifier().load_model("model.cbm")
asked = rows[336:]
inputs = {"city": city[336:], "age": age[336:], "income": income[336:]}
tell(inputs, {"buys": model.predict(asked).astype(np.int64), "probability": model.predict_proba(asked)[:, 1]})
