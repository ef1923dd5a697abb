"""Boosted trees of XGBoost over three kinds of wine, in its own file format; the measurements of some rows are missing."""

import numpy as np
import xgboost
from own_answer import tell
from sklearn.datasets import load_wine

table, kinds = load_wine(return_X_y=True)
table = table.astype(np.float32)
table[::7, 3] = np.nan
settings = {"objective": "multi:softprob", "num_class": 3, "max_depth": 4, "seed": 1}
xgboost.train(settings, xgboost.DMatrix(table, kinds), num_boost_round=40).save_model("model.json")
asked = table[::3]
model = xgboost.Booster(model_file="model.json")
assert np.isnan(asked).any()
tell({"x": asked}, {"output": model.predict(xgboost.DMatrix(asked))})
