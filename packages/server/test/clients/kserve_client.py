# /// script
# dependencies = ["kserve==0.21.0", "onnxruntime==1.31.1", "numpy==2.4.6"]
# ///
"""Proves a server with KServe's own inference clients: REST in its protocols V1 and V2, and gRPC. See proof.py."""

import asyncio

import httpx
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig
from proof import Place, run, same

place = Place()
digits, iris, wide = place.example("digits"), place.example("iris"), place.fixture("identity-int64")
loop = asyncio.new_event_loop()


def rest(protocol):
    return InferenceRESTClient(RESTConfig(protocol=protocol))


def request(model, rows, binary=True):
    datatype = {"f": "FP32", "i": "INT64"}[rows.dtype.kind]
    given = InferInput(name=model.input, shape=list(rows.shape), datatype=datatype)
    given.set_data_from_numpy(rows, binary_data=binary)
    return InferRequest(model_name=model.name, infer_inputs=[given])


def checked(response, model, rows):
    for name, wanted in model.expected(rows).items():
        if wanted.dtype.kind == "f":
            (got,) = (one for one in response.outputs if one.name == name)
            same(got.as_numpy(), wanted)


def v2(model, rows, binary=True):
    return loop.run_until_complete(rest("v2").infer(place.url, request(model, rows, binary), model_name=model.name))


def v1(model, rows):
    return loop.run_until_complete(rest("v1").infer(place.url, {"instances": rows.tolist()}, model_name=model.name))


def v1_answers_rows():
    same(v1(digits, digits.rows)["predictions"], digits.expected(digits.rows)["probabilities"])


def v1_answers_one_row():
    row = digits.rows[1:2]
    same(v1(digits, row)["predictions"], digits.expected(row)["probabilities"])


def v1_names_several_outputs():
    wanted = iris.expected(iris.rows)
    predictions = v1(iris, iris.rows)["predictions"]
    for name, values in wanted.items():
        same([row[name] for row in predictions], values)


def v1_says_what_is_wrong():
    refused_over_http(lambda: v1(digits, digits.rows[:, :, :7]), 400)
    v1_answers_rows()


def v2_answers_binary():
    checked(v2(digits, digits.rows), digits, digits.rows)


def v2_answers_json():
    checked(v2(digits, digits.rows, binary=False), digits, digits.rows)


def v2_keeps_every_digit_of_int64():
    (output,) = v2(wide, wide.rows, binary=False).outputs
    same(output.as_numpy(), wide.expected(wide.rows)[output.name])


def v2_says_what_is_wrong():
    refused_over_http(lambda: v2(digits, digits.rows[:, :, :7]), 400)
    v2_answers_binary()


def rest_tells_what_is_ready():
    client = rest("v2")
    assert loop.run_until_complete(client.is_server_live(place.url))
    assert loop.run_until_complete(client.is_server_ready(place.url))
    assert loop.run_until_complete(client.is_model_ready(place.url, "digits"))
    assert loop.run_until_complete(rest("v1").is_model_ready(place.url, "digits"))


def refused_over_http(call, status):
    try:
        call()
    except httpx.HTTPStatusError as error:
        assert error.response.status_code == status, error.response.status_code
        assert len(error.response.json()["error"]) > 10
        return
    raise AssertionError(f"not refused; expected {status}")


async def over_grpc(ask):
    async with InferenceGRPCClient(place.grpc) as client:
        return await ask(client)


def grpc_answers():
    for model in (digits, iris):
        response = loop.run_until_complete(over_grpc(lambda client: client.infer(request(model, model.rows))))
        checked(response, model, model.rows)


def grpc_tells_what_is_ready():
    assert loop.run_until_complete(over_grpc(lambda client: client.is_server_live()))
    assert loop.run_until_complete(over_grpc(lambda client: client.is_server_ready()))
    assert loop.run_until_complete(over_grpc(lambda client: client.is_model_ready("digits")))


run(
    [
        v1_answers_rows,
        v1_answers_one_row,
        v1_names_several_outputs,
        v1_says_what_is_wrong,
        v2_answers_binary,
        v2_answers_json,
        v2_keeps_every_digit_of_int64,
        v2_says_what_is_wrong,
        rest_tells_what_is_ready,
        grpc_answers,
        grpc_tells_what_is_ready,
    ],
    numbers=lambda: v2(digits, digits.rows[:1]).outputs[0].as_numpy(),
)
