"""Flask behind gunicorn as their documentation writes them.

https://flask.palletsprojects.com/en/stable/quickstart/ and https://docs.gunicorn.org/en/stable/design.html#how-many-workers: (2 × cores) + 1
workers of the default kind, which closes the connection after each answer.
"""

from flask import Flask, request
from served import Served

app = Flask(__name__)
model = Served()


@app.post("/predict")
def predict() -> dict:
    return {"y": model.run_row(model.row(request.get_json())).tolist()}


@app.post("/predict-octets")
def predict_octets() -> tuple[bytes, dict]:
    answer = model.run_row(model.row_of_octets(request.get_data()))
    return answer.tobytes(), {"Content-Type": "application/octet-stream"}
