"""Trains the model of this project and measures it.

pip install cog -r requirements.txt
python train.py            seconds; writes model.joblib and pictures/
"""

import io
from pathlib import Path

import joblib
import numpy as np
from PIL import Image
from predict import pixels
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

HERE = Path(__file__).parent
# The images follow their writers, so the last ones come mostly from hands that were not trained on.
TRAINED = 1437


def picture(image: np.ndarray) -> io.BytesIO:
    """A PNG of 64 x 64 pixels."""
    written = io.BytesIO()
    small = Image.fromarray((image.reshape(8, 8) * 255 / 16).round().astype(np.uint8))
    small.resize((64, 64), Image.Resampling.NEAREST).save(written, "png")
    written.seek(0)
    return written


def main() -> None:
    images, digits = load_digits(return_X_y=True)
    model = make_pipeline(StandardScaler(), SVC(C=10, gamma=0.01, probability=True, random_state=1))
    model.fit(images[:TRAINED], digits[:TRAINED])
    joblib.dump(model, HERE / "model.joblib", compress=3)
    # By way of pictures, as they come to the service.
    given = [model.predict_proba(pixels(picture(image), False)).argmax() for image in images[TRAINED:]]
    right = np.array(given) == digits[TRAINED:]
    print(f"held out: {right.mean():.4f} of {len(right)} pictures")
    (HERE / "pictures").mkdir(exist_ok=True)
    for digit in (3, 7):
        first = TRAINED + int(np.argmax(digits[TRAINED:] == digit))
        (HERE / "pictures" / f"{digit}.png").write_bytes(picture(images[first]).read())


if __name__ == "__main__":
    main()
