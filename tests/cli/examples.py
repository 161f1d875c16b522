"""Events as the commands tell them, to be varied."""

BIG = 10**6

SHA = f"sha256:{'0123456789abcdef' * 4}"

REGRESSION = {"regression": True, "label": None, "real_label": 0.25, "output": [0.5]}

MANY = {"sizes": [BIG] * 30, "activations": ["identity", "sigmoid"] * 15, "parameters": BIG**2}


def start(**fields):
    event = {
        "event": "start",
        "data": "digits",
        "noun": "images",
        "training": 10_000,
        "test": 2_000,
        "sizes": [784, 64, 32, 10],
        "activations": ["sigmoid"] * 3,
        "classes": list(range(10)),
        "loss": "quadratic",
        "dtype": "float32",
        "parameters": 52_650,
        "seed": 0,
        "version": "0.1.0",
    }
    return event | fields


def initial(**fields):
    event = {
        "event": "initial",
        "noun": "images",
        "part": "test",
        "output": [0.5] * 10,
        "label": 3,
        "confidence": 0.5,
        "real_label": 5,
        "score": 0.1,
        "regression": False,
    }
    return event | fields


def epoch(**fields):
    event = {"event": "epoch", "epoch": 0, "seconds": 0.0421, "learning_rate": 0.1, "loss": 0.2301}
    return event | {"accuracy": 0.8421, "val_loss": 0.1, "val_accuracy": 0.914} | fields


def end(**fields):
    event = {"event": "end", "noun": "images", "part": "test", "training": 10_000, "rounds": 10}
    event |= {"seconds": 0.5, "score": 0.945, "regression": False, "learning_rate": 0.1}
    event |= {"model": None, "stopped": "epochs", "samples": 100_000, "last_score": None}
    event |= {"schedule": "linear"}
    return event | fields


def stream(**fields):
    event = start(event="stream", format="csv", regression=False)
    for absent in ("data", "training", "test", "noun"):
        del event[absent]
    return event | fields


def record(**fields):
    event = {"event": "record", "epoch": 0, "samples": 100, "loss": 0.2301, "accuracy": 0.8421}
    event |= {"rows": 1_200, "mean_loss": 0.3, "mean_accuracy": 0.75, "rows_per_second": 4e5}
    return event | fields


def stream_end(**fields):
    event = record(event="stream_end", seconds_so_far=0.003, learning_rate=0.1, model=None)
    return event | fields


def info(rounds, **fields):
    history = [epoch(epoch=i) for i in range(rounds)]
    more = {"run": None, "event": "info", "stopped": "epochs", "encoding": None, "units": None}
    return start(model="m", history=history, **more) | fields


def run(**options):
    return {
        "options": {"epochs": 20, **options},
        "data": {"samples": BIG, "features": BIG, "dtype": "float64", "X": SHA, "y": SHA},
        "versions": dict.fromkeys(["fastnet", "python", "numpy", "numba"], "1234.567.89+local"),
        "on_epoch": "a.module.a_function",
    }
