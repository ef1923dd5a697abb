"""Boosted trees of LightGBM over the progress of a disease, as its own text file."""

import lightgbm
from own_answer import tell
from sklearn.datasets import load_diabetes

table, progress = load_diabetes(return_X_y=True)
settings = {"objective": "regression", "num_leaves": 15, "seed": 1, "verbose": -1}
lightgbm.train(settings, lightgbm.Dataset(table[:350], progress[:350]), num_boost_round=60).save_model("model.txt")
asked = table[350:414]
tell({"x": asked}, {"output": lightgbm.Booster(model_file="model.txt").predict(asked)})
