"""A classifier over a table with named columns, written by MLflow with its signature into the folder model/."""

import mlflow
import pandas
from own_answer import tell
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

table, kinds = load_iris(return_X_y=True, as_frame=True)
table.columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(table[::2], kinds[::2])
signature = mlflow.models.infer_signature(table, classifier.predict_proba(table))
needs = ["mlflow==3.17.2", "scikit-learn==1.7.2"]
mlflow.sklearn.save_model(classifier, "model", signature=signature, pip_requirements=needs, pyfunc_predict_fn="predict_proba")
asked = table[1::2]
answer = mlflow.pyfunc.load_model("model").predict(pandas.DataFrame(asked))
tell({name: asked[name] for name in asked.columns}, {"output": answer})
