"""A small convolutional network in numpy: forward, backward, Adam, and the same graph as ONNX."""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
KERNEL = 3
WIDE, DEEP, HIDDEN, CLASSES = 16, 32, 64, 10


def columns(images: np.ndarray) -> np.ndarray:
    """[n, c, h, w] to one row for each pixel: its 3x3 neighbourhood in every channel, zero beyond the edge."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = sliding_window_view(padded, (KERNEL, KERNEL), axis=(2, 3))
    n, c, h, w = images.shape
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * h * w, c * KERNEL * KERNEL)


def convolve(images: np.ndarray, kernels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The convolution, and the columns that its gradient needs."""
    n, _, h, w = images.shape
    taps = columns(images)
    flat = taps @ kernels.reshape(len(kernels), -1).T
    return flat.reshape(n, h, w, -1).transpose(0, 3, 1, 2), taps


class Conv:
    """3x3 convolution with a rectifier behind it."""

    def __init__(self, inward: int, outward: int, rng: np.random.Generator) -> None:
        fan = inward * KERNEL * KERNEL
        self.parameters = [
            rng.normal(0, np.sqrt(2 / fan), (outward, inward, KERNEL, KERNEL)).astype(np.float32),
            np.zeros(outward, np.float32),
        ]

    def forward(self, x: np.ndarray) -> np.ndarray:
        kernels, bias = self.parameters
        y, self.taps = convolve(x, kernels)
        y = y + bias[:, None, None]
        self.alive = y > 0
        return y * self.alive

    def backward(self, grad: np.ndarray) -> np.ndarray:
        grad = grad * self.alive
        kernels, _ = self.parameters
        flat = grad.transpose(0, 2, 3, 1).reshape(-1, len(kernels))
        self.gradients = [(flat.T @ self.taps).reshape(kernels.shape), grad.sum((0, 2, 3))]
        # The gradient of a same-size convolution is the convolution with the kernels turned around.
        turned = np.ascontiguousarray(kernels[:, :, ::-1, ::-1].transpose(1, 0, 2, 3))
        return convolve(grad, turned)[0]

    def nodes(self, name: str, x: str, y: str) -> list[NodeProto]:
        return [
            helper.make_node("Conv", [x, f"{name}.0", f"{name}.1"], [f"{name}.sum"], kernel_shape=[KERNEL, KERNEL], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", [f"{name}.sum"], [y]),
        ]


class Pool:
    """The greatest of each 2x2 block."""

    def __init__(self) -> None:
        self.parameters: list[np.ndarray] = []
        self.gradients: list[np.ndarray] = []

    def forward(self, x: np.ndarray) -> np.ndarray:
        n, c, h, w = x.shape
        blocks = x.reshape(n, c, h // 2, 2, w // 2, 2)
        y = blocks.max(axis=(3, 5), keepdims=True)
        self.won = blocks == y
        self.shape = x.shape
        return y.reshape(n, c, h // 2, w // 2)

    def backward(self, grad: np.ndarray) -> np.ndarray:
        return (self.won * grad[:, :, :, None, :, None]).reshape(self.shape)

    def nodes(self, name: str, x: str, y: str) -> list[NodeProto]:
        return [helper.make_node("MaxPool", [x], [y], kernel_shape=[2, 2], strides=[2, 2])]


class Dense:
    """A full layer over everything of a row; with `rectify`, a rectifier behind it."""

    def __init__(self, inward: int, outward: int, rng: np.random.Generator, *, rectify: bool) -> None:
        self.parameters = [rng.normal(0, np.sqrt(2 / inward), (inward, outward)).astype(np.float32), np.zeros(outward, np.float32)]
        self.rectify = rectify

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        y = self.x @ self.parameters[0] + self.parameters[1]
        self.alive = y > 0 if self.rectify else np.True_
        return y * self.alive

    def backward(self, grad: np.ndarray) -> np.ndarray:
        grad = grad * self.alive
        self.gradients = [self.x.T @ grad, grad.sum(0)]
        return (grad @ self.parameters[0].T).reshape(self.shape)

    def nodes(self, name: str, x: str, y: str) -> list[NodeProto]:
        nodes = [
            helper.make_node("Flatten", [x], [f"{name}.flat"]),
            helper.make_node("Gemm", [f"{name}.flat", f"{name}.0", f"{name}.1"], [f"{name}.sum" if self.rectify else y]),
        ]
        return [*nodes, helper.make_node("Relu", [f"{name}.sum"], [y])] if self.rectify else nodes


class Network:
    """conv 16, conv 32, pool, conv 32, pool, 64, 10: takes [n, 1, 8, 8] from 0 to 1, gives logits [n, 10]."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.layers = [
            Conv(1, WIDE, rng),
            Conv(WIDE, DEEP, rng),
            Pool(),
            Conv(DEEP, DEEP, rng),
            Dense(DEEP * 16, HIDDEN, rng, rectify=True),
            Dense(HIDDEN, CLASSES, rng, rectify=False),
        ]

    def logits(self, images: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            images = layer.forward(images)
        return images

    def learn(self, images: np.ndarray, targets: np.ndarray) -> float:
        """Gradients of the cross-entropy with soft targets [n, 10]; returns the loss."""
        logits = self.logits(images)
        logits = logits - logits.max(1, keepdims=True)
        probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        grad = (probabilities - targets) / len(images)
        for layer in reversed(self.layers):
            grad = layer.backward(grad.astype(np.float32))
        return float(-(targets * np.log(probabilities + 1e-9)).sum(1).mean())

    def pairs(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for layer in self.layers:
            yield from zip(layer.parameters, layer.gradients, strict=True)

    def to_onnx(self) -> ModelProto:
        nodes, constants, flow = [], [], "image"
        for index, layer in enumerate(self.layers):
            after = f"flow{index}"
            nodes += layer.nodes(f"layer{index}", flow, after)
            constants += [numpy_helper.from_array(array, f"layer{index}.{which}") for which, array in enumerate(layer.parameters)]
            flow = after
        nodes.append(helper.make_node("Softmax", [flow], ["probabilities"], axis=1))
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])
        answer = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", CLASSES])
        graph = helper.make_graph(nodes, "digits", [image], [answer], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="digits")
        checker.check_model(model, full_check=True)
        return model


class Adam:
    """Kingma and Ba, 2015, with the weights decayed apart from the step (Loshchilov and Hutter, 2019)."""

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.step_count = 0
        self.moments: list[tuple[np.ndarray, np.ndarray]] = []

    def step(self, network: Network, rate: float) -> None:
        pairs = list(network.pairs())
        if not self.moments:
            self.moments = [(np.zeros_like(value), np.zeros_like(value)) for value, _ in pairs]
        self.step_count += 1
        first, second = 1 - 0.9**self.step_count, 1 - 0.999**self.step_count
        for (value, gradient), (mean, square) in zip(pairs, self.moments, strict=True):
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient * gradient - square)
            value -= rate * (mean / first / (np.sqrt(square / second) + 1e-8) + self.decay * value)
