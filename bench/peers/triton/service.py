"""Triton Inference Server as the wheel of PyTriton carries it, which has the Python backend alone: a C++ HTTP front with its dynamic batching,
and onnxruntime in Python behind it.

https://triton-inference-server.github.io/pytriton/latest/quick_start and /binding_configuration: dynamic batching is on, without a delay.
"""

import os

import numpy as np
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig
from served import Served

MAX_BATCH_SIZE = 64

port = int(os.environ["PORT"])
model = Served()


@batch
def infer(**feeds: np.ndarray) -> dict[str, np.ndarray]:
    return {model.output: model.run(feeds)}


config = TritonConfig(http_address="127.0.0.1", http_port=port, grpc_port=port + 1, metrics_port=port + 2)
with Triton(config=config) as triton:
    shape = [size if isinstance(size, int) else -1 for size in model.session.get_outputs()[0].shape[1:]]
    triton.bind(
        model_name="model",
        infer_func=infer,
        inputs=[Tensor(name=name, dtype=kind, shape=tuple(model.shapes[name])) for name, kind in model.inputs.items()],
        outputs=[Tensor(name=model.output, dtype=np.float32, shape=tuple(shape))],
        config=ModelConfig(max_batch_size=MAX_BATCH_SIZE),
    )
    triton.serve()
