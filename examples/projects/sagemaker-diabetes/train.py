"""Trains the model of this project and measures it.

pip install -r code/requirements.txt
python train.py            seconds; writes model.joblib and examples/two-patients.json
"""

import json
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent


def main() -> None:
    table, progress = load_diabetes(return_X_y=True)
    seen, held_out, seen_progress, held_out_progress = train_test_split(table, progress, test_size=0.25, random_state=1)
    model = GradientBoostingRegressor(n_estimators=120, max_depth=2, learning_rate=0.05, subsample=0.7, random_state=1)
    model.fit(seen, seen_progress)
    joblib.dump(model, HERE / "model.joblib", compress=3)
    given = model.predict(held_out)
    print(f"held out: R2 {r2_score(held_out_progress, given):.4f}, mean error {mean_absolute_error(held_out_progress, given):.2f}")
    print(f"the mean for everybody: mean error {abs(held_out_progress - seen_progress.mean()).mean():.2f}, {len(given)} patients")
    write_example(held_out[:2], given[:2])


def write_example(rows, given) -> None:
    inputs = [{"name": "measurements", "datatype": "FP64", "shape": list(rows.shape), "data": rows.reshape(-1).tolist()}]
    outputs = [{"name": "progress", "datatype": "FP64", "shape": list(given.shape), "data": given.tolist()}]
    example = {"request": {"inputs": inputs}, "response": {"outputs": outputs}, "tolerance": 1e-9}
    (HERE / "examples").mkdir(exist_ok=True)
    (HERE / "examples" / "two-patients.json").write_text(json.dumps(example) + "\n")


if __name__ == "__main__":
    main()
