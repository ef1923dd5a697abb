"""Boosted trees over three kinds of wine; tells what the service's class answers by itself."""

import joblib
from own_answer import tell
from sklearn.datasets import load_wine
from sklearn.ensemble import GradientBoostingClassifier

table, kinds = load_wine(return_X_y=True)
joblib.dump(GradientBoostingClassifier(n_estimators=30, random_state=1).fit(table[::2], kinds[::2]), "model.joblib")
asked = table[1::2]
tell({"measurements": asked}, {"output": joblib.load("model.joblib").predict_proba(asked)})
