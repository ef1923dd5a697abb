"""What the model of a Truss answers when its steps are called in Truss's order."""

import json
from pathlib import Path

from model.model import Model
from own_answer import tell

asked = Path("wine.json").read_text()
model = Model(config={}, data_dir=Path("data"), secrets={})
model.load()
answer = model.postprocess(model.predict(model.preprocess(json.loads(asked))))
tell({"input": [json.dumps(json.loads(asked))]}, {"output": [json.dumps(answer)]})
