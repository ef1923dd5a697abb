"""What the pipeline itself answers, without any server, and what a run of it takes.

reference.py MODEL ROW prints {"label", "probabilities", "runs"} for a row given as JSON; `runs` are medians of ms by the number of rows.
"""

import json
import statistics
import sys
import time

import joblib
import pandas as pd

WARM_UP, RUNS = 10, 50

path, text = sys.argv[1:]
pipeline = joblib.load(path)
row = json.loads(text)


def run(rows: int) -> float:
    """Milliseconds of both calls on so many rows, with the table that they take."""
    started = time.perf_counter()
    table = pd.DataFrame([row] * rows)
    pipeline.predict(table)
    pipeline.predict_proba(table)
    return (time.perf_counter() - started) * 1000


def median_run(rows: int) -> float:
    return statistics.median([run(rows) for _ in range(WARM_UP + RUNS)][WARM_UP:])


answered = {
    "label": pipeline.predict(pd.DataFrame([row]))[0],
    "probabilities": pipeline.predict_proba(pd.DataFrame([row]))[0].tolist(),
    "runs": [{"rows": rows, "ms": median_run(rows)} for rows in (1, 16)],
}
print(json.dumps(answered))
