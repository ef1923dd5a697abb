# /// script
# dependencies = ["requests==2.34.2", "kserve==0.21.0", "tritonclient[http]==2.73.0", "onnxruntime==1.31.1", "numpy==2.4.6"]
# ///
"""Runs the Python program of the README as it stands there, but for the addresses. See proof.py."""

import os
import re
from pathlib import Path

import numpy as np
from proof import Place, run, same

place = Place()
digits = place.example("digits")
root = Path(__file__).resolve().parents[4]
(program,) = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)
program = program.replace("http://127.0.0.1:8080", place.url).replace("127.0.0.1:8080", place.url.removeprefix("http://"))
os.chdir(root)
given = {}
exec(program, given)
wanted = digits.expected(given["image"])["probabilities"]


def tensorflow_serving():
    same(given["tensorflow_serving"], wanted)


def kserve():
    same(given["kserve"], wanted)


def triton():
    same(given["triton_http"], wanted)


def all_three_are_the_same():
    assert given["kserve"] == given["tensorflow_serving"]
    assert (np.float32(given["kserve"]) == given["triton_http"]).all()


run([tensorflow_serving, kserve, triton, all_three_are_the_same])
