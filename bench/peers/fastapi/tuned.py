"""The same service tuned by hand: no pydantic, orjson both ways, async endpoints, raw octets, one onnxruntime thread for each worker."""

import os

import numpy as np
import onnxruntime as ort
import orjson
from fastapi import FastAPI, Request, Response

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = ort.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
types = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
inputs = [
    (given.name, types[given.type], [size if isinstance(size, int) else -1 for size in given.shape[1:]])
    for given in session.get_inputs()
]
output = session.get_outputs()[0].name
app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> Response:
    body = orjson.loads(await request.body())
    feeds = {name: np.array(body[name], dtype=kind).reshape(1, *shape) for name, kind, shape in inputs}
    outputs = session.run([output], feeds)
    return Response(orjson.dumps({"y": outputs[0][0]}, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


@app.post("/predict-octets")
async def predict_octets(request: Request) -> Response:
    [(name, kind, shape)] = inputs
    values = np.frombuffer(await request.body(), dtype=kind)
    outputs = session.run([output], {name: values.reshape(1, *shape)})
    return Response(outputs[0].tobytes(), media_type="application/octet-stream")
