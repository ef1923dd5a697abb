"""Trains the model of this project and measures it.

pip install scikit-learn==1.7.2
python train.py            seconds; writes data/model.joblib and wine.json
"""

import json
from pathlib import Path

import joblib
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent


def classifier() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def main() -> None:
    data = load_wine()
    labels = data.target_names[data.target].astype(str)
    seen, held_out, seen_labels, held_out_labels = train_test_split(data.data, labels, test_size=0.3, stratify=labels, random_state=1)
    model = classifier().fit(seen, seen_labels)
    joblib.dump({"model": model, "columns": list(data.feature_names)}, HERE / "data" / "model.joblib")
    print(f"held out: {model.score(held_out, held_out_labels):.4f} of {len(held_out)} wines")
    print(f"ten-fold cross-validation: {cross_val_score(classifier(), data.data, labels, cv=10).mean():.4f}")
    rows = [held_out[held_out_labels == name][0] for name in data.target_names]
    asked = {"inputs": [dict(zip(data.feature_names, row.tolist())) for row in rows]}
    (HERE / "wine.json").write_text(json.dumps(asked, indent=2) + "\n")


if __name__ == "__main__":
    main()
