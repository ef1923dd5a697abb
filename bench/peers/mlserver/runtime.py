"""MLServer as its documentation writes a custom runtime, adaptive batching on, one inference worker for each core.

https://docs.seldon.ai/mlserver/user-guide/custom, /user-guide/adaptive-batching and /user-guide/parallel-inference. It has no binary tensors
over REST, so images go as JSON numbers. Its `model-settings.json` is written when it is started.
"""

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from served import Served


class OnnxRuntime(MLModel):
    async def load(self) -> bool:
        self.model = Served()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        feeds = {given.name: NumpyCodec.decode_input(given) for given in payload.inputs}
        answer = self.model.run({name: array.astype(self.model.inputs[name], copy=False) for name, array in feeds.items()})
        output = NumpyCodec.encode_output(name=self.model.output, payload=np.ascontiguousarray(answer))
        return InferenceResponse(model_name=self.name, outputs=[output])
