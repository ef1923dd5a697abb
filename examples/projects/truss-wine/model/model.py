from typing import Any

import joblib
import numpy as np


class Model:
    def __init__(self, **kwargs) -> None:
        self._data_dir = kwargs["data_dir"]
        self._model = None
        self._columns: list[str] = []

    def load(self) -> None:
        stored = joblib.load(self._data_dir / "model.joblib")
        self._model, self._columns = stored["model"], stored["columns"]

    def preprocess(self, request: dict) -> np.ndarray:
        """Rows of measurements by name, to a table in the order of training."""
        missing = sorted({column for row in request["inputs"] for column in self._columns if column not in row})
        if missing:
            raise ValueError(f"each of inputs needs {', '.join(missing)}")
        return np.array([[row[column] for column in self._columns] for row in request["inputs"]], dtype=np.float64)

    def predict(self, table: np.ndarray) -> dict[str, Any]:
        return {"classes": self._model.classes_, "probabilities": self._model.predict_proba(table)}

    def postprocess(self, answer: dict[str, Any]) -> dict[str, list]:
        best = answer["probabilities"].argmax(axis=1)
        return {
            "predictions": [str(answer["classes"][index]) for index in best],
            "probabilities": answer["probabilities"].tolist(),
        }
