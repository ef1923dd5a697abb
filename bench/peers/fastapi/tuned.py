"""The same service tuned by hand: no pydantic, orjson both ways, an async endpoint, one onnxruntime thread for each worker."""

import os

import numpy as np
import onnxruntime as ort
import orjson
from fastapi import FastAPI, Request, Response

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = ort.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> Response:
    row = orjson.loads(await request.body())["x"]
    outputs = session.run(["y"], {"x": np.array([row], dtype=np.float32)})
    return Response(orjson.dumps({"y": outputs[0][0]}, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")
