"""FastAPI + onnxruntime as their documentation writes them: pydantic models, plain `def` endpoints, a default session.

https://fastapi.tiangolo.com/tutorial/body/, https://fastapi.tiangolo.com/tutorial/request-files/ and
https://onnxruntime.ai/docs/get-started/with-python.html
Run with one uvicorn worker for each core: https://fastapi.tiangolo.com/deployment/server-workers/
"""

import os

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI, UploadFile
from pydantic import BaseModel

session = ort.InferenceSession(os.environ["MODEL"])
inputs = {given.name: given.shape[1:] for given in session.get_inputs()}
output = session.get_outputs()[0].name
app = FastAPI()


class Row(BaseModel):
    x: list[float]


class Picture(BaseModel):
    image: list[float]


class Tokens(BaseModel):
    input_ids: list[int]
    attention_mask: list[int]


class Prediction(BaseModel):
    y: list[float]


def answer(feeds: dict[str, np.ndarray]) -> Prediction:
    outputs = session.run([output], feeds)
    return Prediction(y=outputs[0][0].tolist())


if "x" in inputs:

    @app.post("/predict")
    def predict(row: Row) -> Prediction:
        return answer({"x": np.array([row.x], dtype=np.float32)})


if "image" in inputs:

    @app.post("/predict")
    def predict_picture(picture: Picture) -> Prediction:
        return answer({"image": np.array(picture.image, dtype=np.float32).reshape(1, *inputs["image"])})

    @app.post("/predict-file")
    def predict_file(file: UploadFile) -> Prediction:
        values = np.frombuffer(file.file.read(), dtype=np.float32)
        return answer({"image": values.reshape(1, *inputs["image"])})


if "input_ids" in inputs:

    @app.post("/predict")
    def predict_tokens(tokens: Tokens) -> Prediction:
        feeds = {"input_ids": tokens.input_ids, "attention_mask": tokens.attention_mask}
        return answer({name: np.array([values], dtype=np.int64) for name, values in feeds.items()})
