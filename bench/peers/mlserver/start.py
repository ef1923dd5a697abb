"""Writes MLServer's two settings files into a fresh folder and becomes `mlserver start`."""

import json
import os
import sys
import tempfile

# The documentation leaves both values to the user; a longer wait would only cost latency here.
MAX_BATCH_SIZE = 64
MAX_BATCH_TIME_S = 0.001

port = int(os.environ["PORT"])
folder = tempfile.mkdtemp(prefix="mlserver-")
settings = {
    "host": "127.0.0.1",
    "http_port": port,
    "grpc_port": port + 1,
    "metrics_port": port + 2,
    "parallel_workers": int(os.environ["WORKERS"]),
    "debug": False,
}
model = {"name": "model", "implementation": "runtime.OnnxRuntime"}
# Requests are joined along the first axis: sequences of different lengths cannot be.
if os.environ["JOIN"] == "yes":
    model |= {"max_batch_size": MAX_BATCH_SIZE, "max_batch_time": MAX_BATCH_TIME_S}
for name, values in {"settings.json": settings, "model-settings.json": model}.items():
    with open(os.path.join(folder, name), "w") as file:
        json.dump(values, file)
os.execv(sys.executable, [sys.executable, "-m", "mlserver.cli.main", "start", folder])
