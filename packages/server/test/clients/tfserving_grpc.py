# /// script
# dependencies = ["tensorflow-cpu==2.21.0", "tensorflow-serving-api==2.21.0", "onnxruntime==1.31.1", "numpy"]
# ///
"""Proves a server with tensorflow-serving-api, the gRPC client of TensorFlow Serving, and TensorFlow's own tensors. See proof.py."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import grpc
import numpy as np
import tensorflow as tf
from proof import Place, refused, run, same
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2, model_service_pb2_grpc, predict_pb2, prediction_service_pb2_grpc

place = Place()
channel = grpc.insecure_channel(place.grpc, options=[("grpc.max_send_message_length", -1)])
prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
models = model_service_pb2_grpc.ModelServiceStub(channel)
digits, iris, tickets, wide = place.example("digits"), place.example("iris"), place.example("tickets"), place.fixture("identity-int64")
NOBODY = "there-is-no-such-model"
SECONDS = 20


def predict(model, rows, version=None, name=None, outputs=(), proto=None):
    request = predict_pb2.PredictRequest(output_filter=outputs)
    request.model_spec.name = name or model.name
    if version is not None:
        request.model_spec.version.value = version
    request.inputs[model.input].CopyFrom(proto or tf.make_tensor_proto(rows))
    return prediction.Predict(request, SECONDS)


def checked(answer, model, rows):
    wanted = model.expected(rows)
    assert set(answer.outputs) == set(wanted), set(answer.outputs)
    for name, value in wanted.items():
        got = tf.make_ndarray(answer.outputs[name])
        if value.dtype.kind in "OU":
            assert [one.decode() for one in got.ravel()] == list(value.ravel()), got
        else:
            same(got, value)


def refusal(call):
    def answer():
        try:
            call()
        except grpc.RpcError as error:
            return error.code().name, error.details()
        return "OK", "it was answered"

    return answer


def predict_is_what_onnxruntime_answers():
    for model in (digits, iris, tickets):
        checked(predict(model, model.rows), model, model.rows)


def integers_of_64_bits_are_exact():
    checked(predict(wide, wide.rows), wide, wide.rows)


def elements_may_come_one_by_one():
    proto = tf.make_tensor_proto(np.zeros([1]))
    proto.Clear()
    proto.dtype = tf.float32.as_datatype_enum
    for size in digits.rows.shape:
        proto.tensor_shape.dim.add().size = size
    proto.float_val.extend(float(one) for one in digits.rows.ravel())
    checked(predict(digits, digits.rows, proto=proto), digits, digits.rows)


def one_element_stands_for_all():
    proto = tf.make_tensor_proto(np.float32(3), shape=[2, 1, 8, 8])
    assert len(proto.float_val) + len(proto.tensor_content) // 4 >= 1
    checked(predict(digits, None, proto=proto), digits, np.full([2, 1, 8, 8], 3, np.float32))


def every_type_comes_back_as_it_was_sent():
    for kind in ("float16", "float64", "bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64"):
        name = {"float16": "fp16", "float64": "fp64"}.get(kind, kind)
        model = place.fixture(f"identity-{name}")
        rows = np.array([[0, 1, 1, 0], [1, 0, 1, 1]]).astype(kind)
        got = tf.make_ndarray(predict(model, rows).outputs[model.outputs[0]])
        assert got.dtype == rows.dtype and (got == rows).all(), (kind, got)


def a_version_is_pinned():
    answer = predict(digits, digits.rows, version=1)
    assert answer.model_spec.name == "digits" and answer.model_spec.version.value == 1, answer.model_spec
    checked(answer, digits, digits.rows)


def only_the_outputs_asked_for_come_back():
    answer = predict(iris, iris.rows, outputs=iris.outputs[1:])
    assert list(answer.outputs) == iris.outputs[1:], list(answer.outputs)


def the_signature_is_told():
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "iris"
    found = get_model_metadata_pb2.SignatureDefMap()
    assert prediction.GetModelMetadata(request, SECONDS).metadata["signature_def"].Unpack(found)
    signature = found.signature_def["serving_default"]
    given = signature.inputs[iris.input]
    assert given.dtype == tf.float32.as_datatype_enum and [one.size for one in given.tensor_shape.dim] == [-1, 4], given
    assert set(signature.outputs) == set(iris.outputs)


def the_status_is_told():
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "iris"
    (status,) = models.GetModelStatus(request, SECONDS).model_version_status
    assert status.version == 1 and status.state == get_model_status_pb2.ModelVersionStatus.AVAILABLE, status


def refusals_say_why():
    refused(refusal(lambda: predict(digits, digits.rows, name=NOBODY)), status="NOT_FOUND", says=NOBODY)
    refused(refusal(lambda: predict(digits, digits.rows, version=99)), status="NOT_FOUND", says="99")
    refused(refusal(lambda: predict(digits, digits.rows[:, :, :-1])), status="INVALID_ARGUMENT", says="expected shape")
    refused(refusal(lambda: predict(digits, digits.rows.astype(np.complex64))), status="INVALID_ARGUMENT", says="dtype 8")
    refused(refusal(lambda: predict(wide, np.zeros((3_000_000, 4), np.int64))), status="RESOURCE_EXHAUSTED", says="limits.bodyBytes")


run(
    [
        predict_is_what_onnxruntime_answers,
        integers_of_64_bits_are_exact,
        elements_may_come_one_by_one,
        one_element_stands_for_all,
        every_type_comes_back_as_it_was_sent,
        a_version_is_pinned,
        only_the_outputs_asked_for_come_back,
        the_signature_is_told,
        the_status_is_told,
        refusals_say_why,
    ],
    lambda: tf.make_ndarray(predict(digits, digits.rows[:1]).outputs[digits.outputs[0]]),
)
