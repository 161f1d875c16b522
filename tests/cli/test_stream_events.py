"""What is told of a stream, line by line."""

import pytest

from fastnet.cli.events import as_text
from fastnet.cli.stream_events import so_far
from tests.cli.examples import record, stream


@pytest.mark.parametrize("accuracy", [None, 0.5])
def test_the_records_of_a_stream_stand_under_their_header(accuracy):
    *_, first, header = as_text(stream(regression=accuracy is None)).splitlines()
    row = as_text(record(accuracy=accuracy, mean_accuracy=accuracy))
    assert "lately" in first and "lately" in header
    assert len(header) == len(row) <= 80
    wanted = ["50.00%", "50.00%", "0.2301"] if accuracy else ["0.3", "0.2301"]
    assert row.split() == ["1,200", "rows", *wanted, "400,000"]
    assert len(header.split()) == (6 if accuracy else 5)


def test_how_far_a_stream_is():
    said = so_far(record())
    assert said == "1,200 rows, 75.00% right, lately 84.21%, 400,000 rows/s"
    said = so_far(record(accuracy=None))
    assert said == "1,200 rows, mean loss 0.3, lately 0.2301, 400,000 rows/s"
