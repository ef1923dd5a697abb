# /// script
# dependencies = ["boto3==1.44.5", "onnxruntime==1.31.1", "numpy==2.4.6"]
# ///
"""Proves a server with boto3's SageMaker runtime, as the container behind an endpoint. See proof.py."""

import io
import json

import boto3
import numpy as np
from botocore.exceptions import ClientError
from proof import Place, run, same

place = Place()
digits = place.example("digits")
wanted = digits.expected(digits.rows)["probabilities"]
runtime = boto3.client(
    "sagemaker-runtime",
    endpoint_url=place.url,
    region_name="eu-west-1",
    aws_access_key_id="none",
    aws_secret_access_key="none",
)


def as_the_endpoint_does(request, **_):
    """SageMaker's front takes the endpoint's name off the path before it asks the container."""
    request.url = request.url.replace("/endpoints/digits/invocations", "/invocations")


runtime.meta.events.register("before-send.sagemaker-runtime.*", as_the_endpoint_does)


def invoke(body, content_type="application/json", **rest):
    return runtime.invoke_endpoint(EndpointName="digits", Body=body, ContentType=content_type, **rest)


def predictions(body, **rest):
    return json.loads(invoke(json.dumps(body), **rest)["Body"].read())["predictions"]


def answers_instances():
    same(predictions({"instances": digits.rows.tolist()}), wanted)


def answers_a_bare_array():
    same(predictions(digits.rows.tolist()), wanted)


def answers_flat_csv():
    body = "\n".join(",".join(str(value) for value in row.ravel()) for row in digits.rows)
    answer = invoke(body, "text/csv", Accept="application/json")
    same(json.loads(answer["Body"].read())["predictions"], wanted)


def answers_csv_in_csv():
    body = "\n".join(",".join(str(value) for value in row.ravel()) for row in digits.rows)
    answer = invoke(body, "text/csv", Accept="text/csv")
    assert answer["ContentType"].startswith("text/csv"), answer["ContentType"]
    lines = answer["Body"].read().decode().split()
    same([[float(value) for value in line.split(",")] for line in lines[-len(wanted) :]], wanted)


def answers_npy():
    octets = io.BytesIO()
    np.save(octets, digits.rows)
    answer = invoke(octets.getvalue(), "application/x-npy", Accept="application/x-npy")
    same(np.load(io.BytesIO(answer["Body"].read())), wanted)


def answers_json_lines():
    body = "\n".join(json.dumps(row.tolist()) for row in digits.rows)
    answer = invoke(body, "application/jsonlines", Accept="application/jsonlines")
    assert len(answer["Body"].read().decode().strip().split("\n")) == len(wanted)


def answers_a_picture():
    picture = (place.models / "digits" / "examples" / "7.png").read_bytes()
    answer = invoke(picture, "image/png", Accept="application/json")
    assert np.argmax(json.loads(answer["Body"].read())["predictions"][0]) == 7


def gives_custom_attributes_back():
    answer = invoke(json.dumps({"instances": digits.rows.tolist()}), CustomAttributes="trace=7")
    assert answer["CustomAttributes"] == "trace=7", answer["CustomAttributes"]


def refuses_bad_rows():
    refused({"instances": digits.rows[:, :, :7].tolist()}, "application/json", 400)
    answers_instances()


def refuses_an_unknown_type():
    refused("x", "application/x-recordio-protobuf", 415)
    answers_instances()


def refused(body, content_type, status):
    try:
        invoke(body if isinstance(body, str) else json.dumps(body), content_type)
    except ClientError as error:
        given = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert given == status, f"{given}, expected {status}"
        return
    raise AssertionError(f"not refused; expected {status}")


run(
    [
        answers_instances,
        answers_a_bare_array,
        answers_flat_csv,
        answers_csv_in_csv,
        answers_npy,
        answers_json_lines,
        answers_a_picture,
        gives_custom_attributes_back,
        refuses_bad_rows,
        refuses_an_unknown_type,
    ],
    numbers=lambda: predictions({"instances": digits.rows[:1].tolist()}),
)
