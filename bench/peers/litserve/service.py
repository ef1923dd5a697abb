"""LitServe as its documentation writes a batched API, with one worker for each core.

https://lightning.ai/docs/litserve/features/batching; an image comes as base64 within JSON, as in its examples.
"""

import base64
import os

import litserve as ls
import numpy as np
from served import Served

# The documentation leaves both values to the user. Without a timeout an idle worker would keep a core busy.
MAX_BATCH_SIZE = 64
BATCH_TIMEOUT_S = 0.002


class OnnxAPI(ls.LitAPI):
    def setup(self, device: str) -> None:
        self.model = Served()

    def decode_request(self, request: dict) -> dict[str, np.ndarray]:
        if "image_base64" in request:
            return self.model.row_of_octets(base64.b64decode(request["image_base64"]))
        return self.model.row(request)

    def batch(self, inputs: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        return self.model.join(inputs)

    def predict(self, batch: dict[str, np.ndarray]) -> np.ndarray:
        return self.model.run(batch)

    def unbatch(self, output: np.ndarray) -> list[np.ndarray]:
        return list(output)

    def encode_response(self, output: np.ndarray) -> dict:
        return {"y": output.tolist()}


if __name__ == "__main__":
    api = OnnxAPI(max_batch_size=MAX_BATCH_SIZE, batch_timeout=BATCH_TIMEOUT_S)
    server = ls.LitServer(api, accelerator="cpu", workers_per_device=int(os.environ["WORKERS"]))
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), generate_client_file=False, log_level="warning")
