"""A network being written down, node by node, with random weights of its own seed."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8


class Graph:
    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, values: object, dtype: type) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def weight(self, shape: tuple[int, ...], fan_in: int) -> str:
        """FP32 with the variance of He's initialisation, so that values neither vanish nor overflow over many layers."""
        return self.constant(self.random.normal(0, np.sqrt(2 / fan_in), shape), np.float32)

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: object) -> str:
        """Adds a node and returns the name of its output."""
        name = output or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def save(self, path: str, inputs: dict[str, tuple[int, list]], outputs: dict[str, list]) -> None:
        """Checks and writes the model. `inputs`: element type and shape by name; `outputs`: shape by name, FP32."""
        graph = helper.make_graph(
            self.nodes,
            self.name,
            [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="slipway-bench")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)
