"""The pipeline of examples/sklearn-pipeline behind FastAPI as its documentation writes it: a pydantic body, a plain `def` endpoint.

https://fastapi.tiangolo.com/tutorial/body/ and https://fastapi.tiangolo.com/tutorial/response-model/
Run with one uvicorn worker for each core: https://fastapi.tiangolo.com/deployment/server-workers/
It makes the same two calls to the pipeline as the example's model.py.
"""

import os

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

pipeline = joblib.load(os.environ["MODEL"])
app = FastAPI()


class Customer(BaseModel):
    tenure: float
    charges: float
    contract: str
    payment: str


class Prediction(BaseModel):
    label: str
    probabilities: list[float]


@app.post("/predict")
def predict(customer: Customer) -> Prediction:
    table = pd.DataFrame([customer.model_dump()])
    return Prediction(label=pipeline.predict(table)[0], probabilities=pipeline.predict_proba(table)[0].tolist())
