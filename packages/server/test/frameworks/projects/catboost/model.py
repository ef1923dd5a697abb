from typing import List, TypedDict

from catboost import CatBoostClassifier


class Row(TypedDict):
    city: str
    age: float
    income: float


class Answer(TypedDict):
    buys: int
    probability: float


def load(folder):
    return CatBoostClassifier().load_model(folder + "/model.cbm")


def predict(model, rows: List[Row]) -> List[Answer]:
    table = [[row["city"], row["age"], row["income"]] for row in rows]
    return [{"buys": int(buys), "probability": both[1]} for buys, both in zip(model.predict(table), model.predict_proba(table))]
