"""FastAPI + onnxruntime as their documentation writes them: a pydantic model, a plain `def` endpoint, a default session.

https://fastapi.tiangolo.com/tutorial/body/ and https://onnxruntime.ai/docs/get-started/with-python.html
Run with one uvicorn worker for each core: https://fastapi.tiangolo.com/deployment/server-workers/
"""

import os

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI
from pydantic import BaseModel

session = ort.InferenceSession(os.environ["MODEL"])
app = FastAPI()


class Row(BaseModel):
    x: list[float]


class Prediction(BaseModel):
    y: list[float]


@app.post("/predict")
def predict(row: Row) -> Prediction:
    outputs = session.run(["y"], {"x": np.array([row.x], dtype=np.float32)})
    return Prediction(y=outputs[0][0].tolist())
