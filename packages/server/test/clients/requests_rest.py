# /// script
# dependencies = ["requests==2.34.2", "onnxruntime==1.31.1", "numpy==2.4.6"]
# ///
"""Proves the dialects whose clients are plain HTTP, with the bodies that their documentation shows. See proof.py."""

import json

import numpy as np
import requests
from proof import Place, refused, run, same

place = Place()
digits, iris, tickets = (place.example(name) for name in ("digits", "iris", "tickets"))
wide = place.fixture("identity-int64")
rows, wanted = digits.rows.tolist(), digits.expected(digits.rows)["probabilities"]
bad = digits.rows[:, :, :7].tolist()
picture = (place.models / "digits" / "examples" / "7.png").read_bytes()


def post(path, body, **rest):
    answer = requests.post(place.url + path, json=body, **rest)
    assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:200]}"
    return answer.json()


def refusal(path, body, key):
    """The call, with the text that the dialect has under `key`."""

    def call():
        answer = requests.post(place.url + path, json=body)
        return answer.status_code, str(answer.json()[key])

    return call


def tensorflow_serving_rows():
    same(post("/v1/models/digits:predict", {"instances": rows})["predictions"], wanted)
    same(post("/v1/models/digits/versions/1:predict", {"signature_name": "serving_default", "instances": rows})["predictions"], wanted)


def tensorflow_serving_columns():
    same(post("/v1/models/digits:predict", {"inputs": {"image": rows}})["outputs"], wanted)
    outputs = post("/v1/models/iris:predict", {"inputs": {"measurements": iris.rows.tolist()}})["outputs"]
    for name, values in iris.expected(iris.rows).items():
        same(outputs[name], values)


def tensorflow_serving_several_outputs():
    predictions = post("/v1/models/tickets:predict", {"instances": tickets.rows.tolist()})["predictions"]
    for name, values in tickets.expected(tickets.rows).items():
        same([row[name] for row in predictions], values)


def tensorflow_serving_status_and_metadata():
    status = requests.get(f"{place.url}/v1/models/digits").json()["model_version_status"][0]
    assert status["version"] == "1" and status["state"] == "AVAILABLE" and status["status"]["error_code"] == "OK", status
    signature = requests.get(f"{place.url}/v1/models/digits/metadata").json()["metadata"]["signature_def"]["signature_def"]
    assert signature["serving_default"]["inputs"]["image"]["dtype"] == "DT_FLOAT", signature


def tensorflow_serving_keeps_int64():
    answer = post("/v1/models/identity-int64:predict", {"instances": wide.rows.tolist()})
    same(answer["predictions"], wide.expected(wide.rows)[wide.outputs[0]])


def tensorflow_serving_refuses():
    refused(refusal("/v1/models/digits:predict", {"instances": bad}, "error"), status=400, says="image")
    refused(refusal("/v1/models/nobody:predict", {"instances": rows}, "error"), status=404, says="nobody")
    tensorflow_serving_rows()


def vertex():
    path = "/v1/endpoints/123/deployedModels/456:predict"
    same(post(path, {"instances": rows})["predictions"], wanted)
    refused(refusal(path, {"instances": bad}, "error"), status=400, says="image")
    assert requests.get(f"{place.url}/v1/endpoints/123/deployedModels/456").status_code == 200


def azure_data():
    answer = requests.post(f"{place.url}/score", json={"data": rows})
    same(answer.json(), wanted)
    assert float(answer.headers["x-ms-run-fn-exec-ms"]) > 0
    refused(refusal("/score", {"data": bad}, "message"), status=400, says="image")


def azure_input_data():
    same(post("/score", {"input_data": rows}), wanted)


def azure_health():
    assert requests.get(place.url + "/").status_code == 200


def torchserve():
    same(post("/predictions/digits", {"instances": rows})["predictions"], wanted)
    refused(refusal("/predictions/nobody", {"instances": rows}, "message"), status=404, says="nobody")


def torchserve_picture():
    answer = requests.put(f"{place.url}/predictions/digits", data=picture).json()
    assert max(answer, key=answer.get) == "7", answer


def seldon():
    data = post("/api/v1.0/predictions", {"data": {"ndarray": rows}})["data"]
    same(data["ndarray"], wanted)
    tensor = {"shape": list(digits.rows.shape), "values": digits.rows.ravel().tolist()}
    answer = post("/api/v1.0/predictions", {"data": {"tensor": tensor}})["data"]["tensor"]
    same(np.reshape(answer["values"], answer["shape"]), wanted)


def cog():
    output = post("/predictions", {"input": {"image": rows}})
    assert output["status"] == "succeeded", output
    given = output["output"]
    same(given["probabilities"] if isinstance(given, dict) else given, wanted)


def plain():
    same(post("/api/v1/models/digits/predict", {"inputs": {"image": rows}})["outputs"]["probabilities"], wanted)
    answer = requests.post(f"{place.url}/api/v1/models/digits/predict", data=picture, headers={"content-type": "image/png"}).json()
    assert answer["labels"]["probabilities"][0][0]["label"] == "7", answer["labels"]
    refused(refusal("/api/v1/models/digits/predict", {"inputs": {"image": bad}}, "error"), status=400, says="image")


def the_same_numbers_everywhere():
    """One image, digit for digit, in every dialect."""
    one = rows[:1]
    image = {"name": "image", "shape": [1, 1, 8, 8], "datatype": "FP32", "data": one}
    answers = {
        "v2": post("/v2/models/digits/infer", {"inputs": [image]})["outputs"][0]["data"],
        "tfserving": post("/v1/models/digits:predict", {"instances": one})["predictions"],
        "sagemaker": post("/invocations", one)["predictions"],
        "vertex": post("/v1/endpoints/1/deployedModels/2:predict", {"instances": one})["predictions"],
        "azure": post("/score", {"data": one}),
        "mlflow": post("/invocations", {"instances": one})["predictions"],
        "torchserve": post("/predictions/digits", {"instances": one})["predictions"],
        "seldon": post("/api/v1.0/predictions", {"data": {"ndarray": one}})["data"]["ndarray"],
        "plain": post("/api/v1/models/digits/predict", {"inputs": one})["outputs"]["probabilities"],
    }
    texts = {name: json.dumps(np.ravel(values).tolist()) for name, values in answers.items()}
    assert len(set(texts.values())) == 1, texts


run(
    [
        tensorflow_serving_rows,
        tensorflow_serving_columns,
        tensorflow_serving_several_outputs,
        tensorflow_serving_status_and_metadata,
        tensorflow_serving_keeps_int64,
        tensorflow_serving_refuses,
        vertex,
        azure_data,
        azure_input_data,
        azure_health,
        torchserve,
        torchserve_picture,
        seldon,
        cog,
        plain,
        the_same_numbers_everywhere,
    ],
    numbers=lambda: post("/v1/models/digits:predict", {"instances": rows[:1]})["predictions"],
)
