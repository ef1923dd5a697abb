"""The same service tuned by hand: no pydantic, orjson both ways, an async endpoint, and one call to the pipeline, whose scores tell the label."""

import os

import joblib
import orjson
import pandas as pd
from fastapi import FastAPI, Request, Response

pipeline = joblib.load(os.environ["MODEL"])
app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> Response:
    table = pd.DataFrame([orjson.loads(await request.body())])
    probabilities = pipeline.predict_proba(table)[0]
    answer = {"label": pipeline.classes_[probabilities.argmax()], "probabilities": probabilities}
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")
