"""Writes the benchmark's models as a repository: <folder>/<name>/1/model.onnx. Same seeds, same octets.

mlp        x FP32 [batch, 256] -> y FP32 [batch, 16], through two hidden layers of 1024: 1.3 million parameters
mobilenet  image FP32 [batch, 3, 224, 224] -> scores FP32 [batch, 1000]: the layers of MobileNetV2, 3.5 million parameters
bert6      input_ids, attention_mask INT64 [batch, sequence] -> embedding FP32 [batch, 384]: six encoder layers as wide as MiniLM's,
           with 12 heads; tokens whose mask is 0 change no answer
"""

import os
import sys

import numpy as np
from graph import Graph
from onnx import TensorProto


def mlp(path: str) -> None:
    graph = Graph("mlp", seed=1)
    sizes = [256, 1024, 1024, 16]
    value = "x"
    for layer, (wide, out) in enumerate(zip(sizes, sizes[1:])):
        is_last = layer == len(sizes) - 2
        bias = graph.constant(graph.random.normal(0, 0.1, out), np.float32)
        value = graph.add("Gemm", value, graph.weight((wide, out), wide), bias, output="y" if is_last else None)
        if not is_last:
            value = graph.add("Relu", value)
    graph.save(path, {"x": (TensorProto.FLOAT, ["batch", 256])}, {"y": ["batch", 16]})


class ConvNet(Graph):
    def conv(self, value: str, channels: tuple[int, int], kernel: int, **options: int) -> str:
        """A convolution with its batch normalisation folded in. Options: stride, groups."""
        wide, out = channels
        groups = options.get("groups", 1)
        stride = options.get("stride", 1)
        fan_in = wide // groups * kernel * kernel
        weight = self.weight((out, wide // groups, kernel, kernel), fan_in)
        bias = self.constant(self.random.normal(0, 0.05, out), np.float32)
        pads = [kernel // 2] * 4
        return self.add(
            "Conv", value, weight, bias, kernel_shape=[kernel, kernel], strides=[stride, stride], pads=pads, group=groups
        )

    def relu6(self, value: str) -> str:
        return self.add("Clip", value, self.constant(0, np.float32), self.constant(6, np.float32))

    def bottleneck(self, value: str, channels: tuple[int, int], expand: int, stride: int) -> str:
        wide, out = channels
        hidden = wide * expand
        inner = value if expand == 1 else self.relu6(self.conv(value, (wide, hidden), 1))
        inner = self.relu6(self.conv(inner, (hidden, hidden), 3, stride=stride, groups=hidden))
        inner = self.conv(inner, (hidden, out), 1)
        return self.add("Add", value, inner) if stride == 1 and wide == out else inner


def mobilenet(path: str) -> None:
    graph = ConvNet("mobilenet", seed=2)
    value = graph.relu6(graph.conv("image", (3, 32), 3, stride=2))
    wide = 32
    # Expansion, channels, blocks and first stride of each stage: table 2 of the paper on MobileNetV2.
    for expand, out, blocks, stride in [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]:
        for block in range(blocks):
            value = graph.bottleneck(value, (wide, out), expand, stride if block == 0 else 1)
            wide = out
    value = graph.relu6(graph.conv(value, (wide, 1280), 1))
    value = graph.add("Flatten", graph.add("GlobalAveragePool", value), axis=1)
    bias = graph.constant(np.zeros(1000), np.float32)
    graph.add("Gemm", value, graph.weight((1280, 1000), 1280), bias, output="scores")
    graph.save(path, {"image": (TensorProto.FLOAT, ["batch", 3, 224, 224])}, {"scores": ["batch", 1000]})


class Encoder(Graph):
    hidden, heads, inner, vocabulary, positions, layers = 384, 12, 1536, 8192, 512, 6

    def dense(self, value: str, wide: int, out: int) -> str:
        weight = self.constant(self.random.normal(0, 0.02, (wide, out)), np.float32)
        bias = self.constant(self.random.normal(0, 0.02, out), np.float32)
        return self.add("Add", self.add("MatMul", value, weight), bias)

    def norm(self, value: str) -> str:
        scale = self.constant(np.ones(self.hidden), np.float32)
        bias = self.constant(np.zeros(self.hidden), np.float32)
        return self.add("LayerNormalization", value, scale, bias, axis=-1, epsilon=1e-12)

    def gelu(self, value: str) -> str:
        erf = self.add("Erf", self.add("Div", value, self.constant(np.sqrt(2), np.float32)))
        half = self.add("Mul", value, self.add("Add", erf, self.constant(1, np.float32)))
        return self.add("Mul", half, self.constant(0.5, np.float32))

    def split_heads(self, value: str, order: list[int]) -> str:
        shape = self.constant([0, 0, self.heads, self.hidden // self.heads], np.int64)
        return self.add("Transpose", self.add("Reshape", value, shape), perm=order)

    def attention(self, value: str, bias: str) -> str:
        query, key, content = (self.dense(value, self.hidden, self.hidden) for _ in range(3))
        scores = self.add("MatMul", self.split_heads(query, [0, 2, 1, 3]), self.split_heads(key, [0, 2, 3, 1]))
        scaled = self.add("Div", scores, self.constant(np.sqrt(self.hidden // self.heads), np.float32))
        shares = self.add("Softmax", self.add("Add", scaled, bias), axis=-1)
        mixed = self.add("Transpose", self.add("MatMul", shares, self.split_heads(content, [0, 2, 1, 3])), perm=[0, 2, 1, 3])
        joined = self.add("Reshape", mixed, self.constant([0, 0, self.hidden], np.int64))
        return self.dense(joined, self.hidden, self.hidden)

    def embed(self) -> str:
        table = lambda rows: self.constant(self.random.normal(0, 1, (rows, self.hidden)), np.float32)
        words = self.add("Gather", table(self.vocabulary), "input_ids")
        length = self.add("Gather", self.add("Shape", "input_ids"), self.constant(1, np.int64))
        zero, one = self.constant(0, np.int64), self.constant(1, np.int64)
        places = self.add("Gather", table(self.positions), self.add("Range", zero, length, one))
        return self.norm(self.add("Add", words, places))


def bert6(path: str) -> None:
    graph = Encoder("bert6", seed=3)
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    column = graph.add("Unsqueeze", mask, graph.constant([2], np.int64))
    wide = graph.add("Unsqueeze", mask, graph.constant([1, 2], np.int64))
    hidden_from = graph.add("Sub", graph.constant(1, np.float32), wide)
    bias = graph.add("Mul", hidden_from, graph.constant(-1e9, np.float32))
    value = graph.embed()
    for _ in range(graph.layers):
        value = graph.norm(graph.add("Add", value, graph.attention(value, bias)))
        fed = graph.dense(graph.gelu(graph.dense(value, graph.hidden, graph.inner)), graph.inner, graph.hidden)
        value = graph.norm(graph.add("Add", value, fed))
    axis = graph.constant([1], np.int64)
    total = graph.add("ReduceSum", graph.add("Mul", value, column), axis, keepdims=0)
    count = graph.add("Max", graph.add("ReduceSum", column, axis, keepdims=0), graph.constant(1, np.float32))
    graph.add("Div", total, count, output="embedding")
    tokens = (TensorProto.INT64, ["batch", "sequence"])
    graph.save(path, {"input_ids": tokens, "attention_mask": tokens}, {"embedding": ["batch", graph.hidden]})


if __name__ == "__main__":
    [_, folder, *names] = sys.argv
    makers = {"mlp": mlp, "mobilenet": mobilenet, "bert6": bert6}
    for name in names or makers:
        version = os.path.join(folder, name, "1")
        os.makedirs(version, exist_ok=True)
        partial = os.path.join(version, "model.onnx.partial")
        makers[name](partial)
        os.replace(partial, os.path.join(version, "model.onnx"))
