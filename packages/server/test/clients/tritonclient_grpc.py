# /// script
# dependencies = ["tritonclient[grpc]==2.73.0", "grpcio-health-checking==1.81.1", "grpcio-reflection==1.81.1", "onnxruntime==1.31.1", "numpy==2.4.6"]
# ///
"""Proves a server with tritonclient's gRPC client, and with Google's own clients of health and reflection. See proof.py."""

import queue

import grpc
import numpy as np
import tritonclient.grpc as triton
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from proof import Place, refused, run, same
from tritonclient.utils import InferenceServerException

place = Place()
client = triton.InferenceServerClient(place.grpc)
digits, iris, tickets, wide = place.example("digits"), place.example("iris"), place.example("tickets"), place.fixture("identity-int64")
NOBODY = "there-is-no-such-model"


def given(model, rows):
    datatype = {"f": "FP32", "i": "INT64", "O": "BYTES"}[rows.dtype.kind]
    tensor = triton.InferInput(model.input, list(rows.shape), datatype)
    tensor.set_data_from_numpy(rows)
    return [tensor]


def checked(result, model, rows):
    for name, wanted in model.expected(rows).items():
        got = result.as_numpy(name)
        if wanted.dtype.kind in "OU":
            assert [one.decode() for one in got.ravel()] == list(wanted.ravel()), got
        else:
            same(got, wanted)


def refusal(call):
    def answer():
        try:
            call()
        except InferenceServerException as error:
            return error.status(), error.message()
        return "OK", "it was answered"

    return answer


def server_and_models_are_live_and_ready():
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("digits") and not client.is_model_ready(NOBODY)


def metadata_is_that_of_the_file():
    assert "model_repository" in client.get_server_metadata().extensions
    for model in (digits, iris, wide):
        metadata = client.get_model_metadata(model.name)
        shapes = [[-1 if isinstance(size, str) else size for size in one.shape] for one in model.session.get_inputs()]
        assert [list(one.shape) for one in metadata.inputs] == shapes, metadata
        assert [one.name for one in metadata.outputs] == model.outputs, metadata


def infer_is_what_onnxruntime_answers():
    for model in (digits, iris, tickets):
        result = client.infer(model.name, given(model, model.rows), request_id="a-1")
        assert result.get_response().id == "a-1"
        checked(result, model, model.rows)


def integers_of_64_bits_are_exact():
    checked(client.infer(wide.name, given(wide, wide.rows)), wide, wide.rows)


def halves_and_booleans_and_the_rest_come_back_as_sent():
    for kind, dtype in (("FP16", np.float16), ("FP64", np.float64), ("BOOL", np.bool_), ("UINT8", np.uint8), ("INT16", np.int16), ("UINT64", np.uint64)):
        model = place.fixture(f"identity-{kind.lower()}")
        rows = np.array([[0, 1, 1, 0], [1, 0, 1, 1]]).astype(dtype)
        tensor = triton.InferInput(model.input, list(rows.shape), kind)
        tensor.set_data_from_numpy(rows)
        got = client.infer(model.name, [tensor]).as_numpy(model.outputs[0])
        assert got.dtype == rows.dtype and (got == rows).all(), (kind, got)


def a_version_is_pinned():
    checked(client.infer("digits", given(digits, digits.rows), model_version="1"), digits, digits.rows)
    refused(refusal(lambda: client.infer("digits", given(digits, digits.rows), model_version="99")), status="StatusCode.NOT_FOUND", says="99")


def requests_may_be_packed():
    for algorithm in ("gzip", "deflate"):
        checked(client.infer("digits", given(digits, digits.rows), compression_algorithm=algorithm), digits, digits.rows)


def many_at_once_are_each_answered():
    answers = queue.Queue()
    for index in range(30):
        row = digits.rows[[index % len(digits.rows)]]
        client.async_infer("digits", given(digits, row), lambda result, error, row=row: answers.put((row, result, error)))
    for _ in range(30):
        row, result, error = answers.get(timeout=20)
        assert error is None, error
        checked(result, digits, row)


def a_stream_answers_in_order_and_goes_on_after_a_failure():
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)))
    try:
        for index in range(10):
            name = NOBODY if index == 4 else "digits"
            client.async_stream_infer(name, given(digits, digits.rows[[index % len(digits.rows)]]), request_id=str(index))
        for index in range(10):
            result, error = answers.get(timeout=20)
            if index == 4:
                assert NOBODY in error.message(), error
            else:
                assert result.get_response().id == str(index)
                checked(result, digits, digits.rows[[index % len(digits.rows)]])
    finally:
        client.stop_stream()


def classes_are_the_largest_scores():
    wanted = digits.expected(digits.rows)[digits.outputs[0]]
    result = client.infer("digits", given(digits, digits.rows), outputs=[triton.InferRequestedOutput(digits.outputs[0], class_count=3)])
    for row, order in zip(result.as_numpy(digits.outputs[0]), np.argsort(-wanted, axis=1, kind="stable")[:, :3]):
        assert [int(text.decode().split(":")[1]) for text in row] == list(order), row


def config_and_statistics_are_told():
    config = client.get_model_config("digits").config
    assert config.platform == "onnxruntime_onnx" and config.max_batch_size > 0 and list(config.input[0].dims) == [1, 8, 8], config
    before = client.get_inference_statistics("digits").model_stats[0]
    client.infer("digits", given(digits, digits.rows))
    after = client.get_inference_statistics("digits").model_stats[0]
    assert after.inference_stats.success.count - before.inference_stats.success.count == 1
    assert after.inference_count - before.inference_count == len(digits.rows)
    assert after.inference_stats.compute_infer.ns > before.inference_stats.compute_infer.ns


def models_are_unloaded_and_loaded():
    def states():
        return {one.state for one in client.get_model_repository_index().models if one.name == "iris"}

    assert states() == {"READY"}, states()
    client.unload_model("iris")
    assert states() == {"UNAVAILABLE"} and not client.is_model_ready("iris")
    client.load_model("iris")
    assert states() == {"READY"}, states()
    checked(client.infer("iris", given(iris, iris.rows)), iris, iris.rows)


def refusals_say_why():
    refused(refusal(lambda: client.infer(NOBODY, given(digits, digits.rows))), status="StatusCode.NOT_FOUND", says=NOBODY)
    wrong = digits.rows[:, :, :-1]
    refused(refusal(lambda: client.infer("digits", given(digits, wrong))), status="StatusCode.INVALID_ARGUMENT", says="expected shape")
    slow = place.fixture("slow")
    late = refusal(lambda: client.infer("slow", given(slow, np.zeros((50, 4), np.float32)), client_timeout=0.05))
    refused(late, status="StatusCode.DEADLINE_EXCEEDED", says="")
    large = np.zeros((3_000_000, 4), np.int64)
    refused(refusal(lambda: client.infer(wide.name, given(wide, large))), status="StatusCode.RESOURCE_EXHAUSTED", says="limits.bodyBytes")
    override = refusal(lambda: client.load_model("iris", config="{}"))
    refused(override, status="StatusCode.UNIMPLEMENTED", says="model.yaml")


def health_and_reflection_answer():
    with grpc.insecure_channel(place.grpc) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", "inference.GRPCInferenceService", "digits"):
            assert health.Check(health_pb2.HealthCheckRequest(service=service)).status == health_pb2.HealthCheckResponse.SERVING
        assert next(health.Watch(health_pb2.HealthCheckRequest(service=NOBODY))).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        reflection = ProtoReflectionDescriptorDatabase(channel)
        assert "inference.GRPCInferenceService" in reflection.get_services()
        assert reflection.FindFileContainingSymbol("tensorflow.serving.PredictRequest").name == "tensorflow_serving.proto"


run(
    [
        server_and_models_are_live_and_ready,
        metadata_is_that_of_the_file,
        infer_is_what_onnxruntime_answers,
        integers_of_64_bits_are_exact,
        halves_and_booleans_and_the_rest_come_back_as_sent,
        a_version_is_pinned,
        requests_may_be_packed,
        many_at_once_are_each_answered,
        a_stream_answers_in_order_and_goes_on_after_a_failure,
        classes_are_the_largest_scores,
        config_and_statistics_are_told,
        models_are_unloaded_and_loaded,
        refusals_say_why,
        health_and_reflection_answer,
    ],
    lambda: client.infer("digits", given(digits, digits.rows[:1])).as_numpy(digits.outputs[0]),
)
