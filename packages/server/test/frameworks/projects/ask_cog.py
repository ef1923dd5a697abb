"""What the predictor of a Cog project answers when it is called as Cog calls it."""

from pathlib import Path as File

from cog import Path
from own_answer import tell
from predict import Predictor

predictor = Predictor()
predictor.setup()
pictures = sorted(File("pictures").glob("*.png"))
answers = [predictor.predict(image=Path(picture), dark_ink=False) for picture in pictures]
tell(
    {"image": [picture.read_bytes() for picture in pictures], "dark_ink": [False] * len(pictures)},
    {"digit": [answer.digit for answer in answers], "probability": [answer.probability for answer in answers]},
)
