import json
import os

import joblib
import numpy as np


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))


def input_fn(request_body, content_type):
    if content_type == "application/json":
        return np.array(json.loads(request_body), dtype=np.float64)
    if content_type == "text/csv":
        return np.loadtxt(request_body.splitlines(), delimiter=",", ndmin=2)
    raise ValueError(f"{content_type} is not supported; send application/json or text/csv")


def predict_fn(input_data, model):
    return model.predict(input_data)


def output_fn(prediction, accept):
    return json.dumps(prediction.tolist()), "application/json"
