"""A forest over scaled measurements of tumours; writes model.joblib and tells what the file answers when it is read again."""

import joblib
from own_answer import tell
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

table, kinds = load_breast_cancer(return_X_y=True)
joblib.dump(make_pipeline(StandardScaler(), HistGradientBoostingClassifier(random_state=1)).fit(table[:400], kinds[:400]), "model.joblib")
asked = table[400:464]
model = joblib.load("model.joblib")
tell({"x": asked}, {"label": model.predict(asked), "probabilities": model.predict_proba(asked)})
