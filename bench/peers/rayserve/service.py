"""Ray Serve as its documentation writes a batched deployment with its default batch size and wait, one replica for each core.

https://docs.ray.io/en/latest/serve/advanced-guides/dyn-req-batch.html and /serve/http-guide.html
"""

import os

import numpy as np
import ray
from ray import serve
from served import Served
from starlette.requests import Request
from starlette.responses import Response

CORES = int(os.environ["WORKERS"])


@serve.deployment(num_replicas=CORES, ray_actor_options={"num_cpus": 1})
class Model:
    def __init__(self) -> None:
        self.model = Served()

    @serve.batch
    async def infer(self, rows: list[dict[str, np.ndarray]]) -> list[np.ndarray]:
        return list(self.model.run(self.model.join(rows)))

    async def __call__(self, request: Request) -> dict | Response:
        if request.headers["content-type"] == "application/octet-stream":
            answer = await self.infer(self.model.row_of_octets(await request.body()))
            return Response(answer.tobytes(), media_type="application/octet-stream")
        answer = await self.infer(self.model.row(await request.json()))
        return {"y": answer.tolist()}


if __name__ == "__main__":
    ray.init(num_cpus=CORES, include_dashboard=False, log_to_driver=False, object_store_memory=100_000_000)
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(Model.bind(), blocking=True)
