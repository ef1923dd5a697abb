# /// script
# dependencies = ["mlflow==3.17.2", "onnxruntime==1.31.1", "numpy==2.4.6"]
# ///
"""Proves a server with the client of MLflow's scoring server. See proof.py."""

from urllib.parse import urlparse

import numpy as np
import pandas as pd
import requests
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from proof import Place, refused, run, same

place = Place()
digits = place.example("digits")
wanted = digits.expected(digits.rows)["probabilities"]
address = urlparse(place.url)
client = ScoringServerClient(address.hostname, address.port)
flat = digits.rows.reshape(len(digits.rows), -1)


def answers_a_data_frame():
    """Sent as dataframe_split."""
    same(client.invoke(pd.DataFrame(flat)).get_predictions().to_numpy(np.float32), wanted)


def answers_an_array():
    """Sent as instances."""
    same(client.invoke(digits.rows).get_predictions().to_numpy(np.float32), wanted)


def answers_arrays_by_name():
    """Sent as inputs."""
    answer = requests.post(f"{place.url}/invocations", json={"inputs": {"image": digits.rows.tolist()}}).json()["predictions"]
    same(answer["probabilities"] if isinstance(answer, dict) else answer, wanted)


def answers_records():
    records = pd.DataFrame(flat).rename(columns=str).to_dict(orient="records")
    answer = requests.post(f"{place.url}/invocations", json={"dataframe_records": records})
    same(answer.json()["predictions"], wanted)


def is_alive():
    client.ping()
    assert requests.get(f"{place.url}/health").status_code == 200
    assert len(client.get_version()) > 0


def refuses_bad_rows():
    def call():
        answer = requests.post(f"{place.url}/invocations", json={"instances": digits.rows[:, :, :7].tolist()})
        body = answer.json()
        assert body["error_code"] in ("BAD_REQUEST", "INVALID_PARAMETER_VALUE"), body
        return answer.status_code, body["message"]

    refused(call, status=400, says="image")
    answers_an_array()


run(
    [answers_a_data_frame, answers_an_array, answers_arrays_by_name, answers_records, is_alive, refuses_bad_rows],
    numbers=lambda: client.invoke(digits.rows[:1]).get_predictions().to_numpy(np.float32),
)
