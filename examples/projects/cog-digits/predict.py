import joblib
import numpy as np
from cog import BaseModel, BasePredictor, Input, Path
from PIL import Image, ImageOps


class Output(BaseModel):
    digit: int
    probability: float


def pixels(path: str, dark_ink: bool) -> np.ndarray:
    """The 64 values that the model was trained on: white ink on black, 8 x 8, from 0 to 16."""
    image = ImageOps.grayscale(Image.open(path))
    if dark_ink:
        image = ImageOps.invert(image)
    small = ImageOps.pad(image, (8, 8), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64).reshape(1, 64) * 16 / 255


class Predictor(BasePredictor):
    def setup(self) -> None:
        """Loads the model once."""
        self.model = joblib.load("model.joblib")

    def predict(
        self,
        image: Path = Input(description="A picture of one handwritten digit that fills it"),
        dark_ink: bool = Input(description="The ink is darker than the paper", default=False),
    ) -> Output:
        """Reads the digit."""
        [probabilities] = self.model.predict_proba(pixels(str(image), dark_ink))
        digit = int(np.argmax(probabilities))
        return Output(digit=digit, probability=float(probabilities[digit]))
