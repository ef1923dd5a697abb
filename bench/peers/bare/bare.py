"""onnxruntime without a server. Reads one order as JSON on stdin and prints figures as JSON.

An order holds `model`, a file; `rows`, each the inputs of one row; and `plans`, each so many sessions of so many threads, every session driven by
a thread of its own (a run holds no lock of Python). It asks for one of two things:

throughput  `seconds` for each plan, in batches of `batch` rows of one shape, the shapes by turns: rows per second
queue       rows that arrive at `arrivals` (milliseconds) wait in a queue, from which an idle session takes up to `batch` rows of one shape:
            p50 and p99 from the arrival to the answer, in milliseconds
"""

import json
import sys
import threading
import time
from collections import deque

import numpy as np
import onnxruntime as ort

TYPES = {"FP32": np.float32, "INT64": np.int64}


def sessions_of(order: dict, plan: dict) -> list[ort.InferenceSession]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = plan["threads"]
    options.inter_op_num_threads = 1
    providers = ["CPUExecutionProvider"]
    return [ort.InferenceSession(order["model"], options, providers=providers) for _ in range(plan["sessions"])]


def rows_of(order: dict) -> list[dict[str, np.ndarray]]:
    return [
        {given["name"]: np.array(given["values"], dtype=TYPES[given["datatype"]]).reshape(1, *given["shape"]) for given in row}
        for row in order["rows"]
    ]


def join(row: dict[str, np.ndarray], count: int) -> dict[str, np.ndarray]:
    return {name: np.repeat(array, count, axis=0) for name, array in row.items()}


def in_threads(sessions: list, work: object) -> None:
    threads = [threading.Thread(target=work, args=(index, session)) for index, session in enumerate(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def throughput(order: dict, plan: dict) -> dict:
    sessions = sessions_of(order, plan)
    batches = [join(row, plan["batch"]) for row in rows_of(order)]
    done = [0] * len(sessions)
    for session in sessions:
        session.run(None, batches[-1])
    started = time.perf_counter()

    def work(index: int, session: ort.InferenceSession) -> None:
        # Whole rounds over the shapes, so that short ones are not counted more often than long ones.
        while time.perf_counter() - started < order["seconds"]:
            for feeds in batches:
                session.run(None, feeds)
            done[index] += plan["batch"] * len(batches)

    in_threads(sessions, work)
    return {"perSecond": sum(done) / (time.perf_counter() - started)}


class Queue:
    """Rows by index into the order's rows, in order of arrival."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, float]] = deque()
        self.changed = threading.Condition()
        self.closed = False

    def put(self, row: int, at: float) -> None:
        with self.changed:
            self.waiting.append((row, at))
            self.changed.notify()

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def take(self, most: int) -> list[tuple[int, float]]:
        """The oldest row and others of its shape, up to `most`; nothing when the queue is closed and empty."""
        with self.changed:
            while not self.waiting and not self.closed:
                self.changed.wait()
            if not self.waiting:
                return []
            shape = self.waiting[0][0]
            same = [each for each in self.waiting if each[0] == shape][:most]
            for each in same:
                self.waiting.remove(each)
            return same


def queue(order: dict, plan: dict) -> dict:
    sessions = sessions_of(order, plan)
    rows = rows_of(order)
    for session in sessions:
        for row in rows:
            session.run(None, row)
    waiting = Queue()
    latencies: list[float] = []
    started = time.perf_counter()

    def serve(_: int, session: ort.InferenceSession) -> None:
        while taken := waiting.take(plan["batch"]):
            session.run(None, join(rows[taken[0][0]], len(taken)))
            now = time.perf_counter()
            latencies.extend((now - at) * 1000 for _, at in taken)

    def arrive() -> None:
        for index, at in enumerate(order["arrivals"]):
            due = started + at / 1000
            time.sleep(max(0.0, due - time.perf_counter()))
            waiting.put(index % len(rows), due)
        waiting.close()

    arrivals = threading.Thread(target=arrive)
    arrivals.start()
    in_threads(sessions, serve)
    arrivals.join()
    return {"p50": float(np.quantile(latencies, 0.5)), "p99": float(np.quantile(latencies, 0.99))}


if __name__ == "__main__":
    order = json.load(sys.stdin)
    measure = {"throughput": throughput, "queue": queue}[order["wanted"]]
    print(json.dumps([plan | measure(order, plan) for plan in order["plans"]]))
