"""Data sets in .npz files: whole and consistent, or one clear line; nothing is unpickled."""

import io
import pickle
import zipfile

import numpy as np
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fastnet import LearningWarning
from fastnet.data.samples import Samples
from fastnet.datasets import read
from fastnet.tables.frames import as_table
from tests.datasets.helpers import idx_bytes
from tests.tables.helpers import contents

RNG = np.random.default_rng(0)
X, X_TEST = (RNG.integers(0, 256, (n, 12), np.uint8) for n in (7, 3))
Y, Y_TEST = (RNG.integers(0, 10, n) for n in (7, 3))


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


class TestNpz:
    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    @pytest.mark.parametrize(
        "names",
        [
            ("X", "y", "X_test", "y_test"),
            ("X_train", "y_train", "X_test", "y_test"),
            ("x_train", "y_train", "x_test", "y_test"),  # as in Keras' mnist.npz
        ],
    )
    def test_the_usual_names(self, tmp_path, save, names):
        save(tmp_path / "d.npz", **dict(zip(names, (X, Y, X_TEST, Y_TEST), strict=True)))
        (a, b), (c, d) = read(tmp_path / "d.npz")
        for came, wanted in zip((a, b, c, d), (X, Y, X_TEST, Y_TEST), strict=True):
            assert came.dtype == wanted.dtype
            np.testing.assert_array_equal(came, wanted)

    def test_a_missing_part(self, tmp_path):
        assert read(npz(tmp_path / "d.npz", X=X, y=Y, other=Y))[1] == (None, None)
        assert read(npz(tmp_path / "d.npz", X_test=X, y_test=Y))[0] == (None, None)

    @pytest.mark.parametrize("labels", [Y, Y.astype("u1"), Y > 0, Y.astype(str), Y.astype("S")])
    def test_labels_in_a_column_are_labels(self, tmp_path, labels):
        """As in Keras' cifar10: one line says so, for both parts."""
        path = npz(tmp_path / "d.npz", X=X, y=labels[:, None], X_test=X, y_test=labels[:, None])
        with pytest.warns(LearningWarning, match=r"d.npz: y: labels in a column, \(n, 1\)") as told:
            (_, y), (_, y_test) = read(path)
        assert len(told) == 1 and told[0].filename == __file__
        np.testing.assert_array_equal(y, labels)
        np.testing.assert_array_equal(y_test, labels)
        np.testing.assert_array_equal(read(path, labels=False)[0][1], labels)  # without a word

    @pytest.mark.parametrize("targets", [Y[:, None] / 1, np.eye(7), np.eye(7, dtype=int)])
    def test_numbers_keep_their_columns(self, tmp_path, targets):
        (_, y), _ = read(npz(tmp_path / "d.npz", X=X, y=targets))
        np.testing.assert_array_equal(y, targets)

    @pytest.mark.parametrize("n", [0, 5])
    def test_images_are_flattened(self, tmp_path, n):
        images = RNG.integers(0, 256, (n, 3, 4), np.uint8)
        (flat, _), _ = read(npz(tmp_path / "d.npz", X=images, y=np.arange(n)))
        np.testing.assert_array_equal(flat, images.reshape(n, 12))

    def test_other_types_come_as_they_are(self, tmp_path):
        names = np.array(["a", "b", "a", "c", "b", "a", "a"])
        (came, y), _ = read(npz(tmp_path / "d.npz", X=X.astype(np.float32), y=names))
        assert came.dtype == np.float32
        assert y.tolist() == names.tolist()
        targets = RNG.normal(size=(7, 2))
        (_, y), _ = read(npz(tmp_path / "d.npz", X=X, y=targets))
        np.testing.assert_array_equal(y, targets)

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            ({}, "holds no arrays; wanted X and y, or x_train"),
            ({"a": X, "b": Y}, "holds a, b; wanted X and y"),
            ({"X": X}, "X is there, but y is missing"),
            ({"y": Y}, "y is there, but X is missing"),
            ({"X": X, "y": Y, "x_test": X}, "x_test is there, but y_test is missing"),
            ({"X": X, "y": Y, "y_test": Y}, "y_test is there, but X_test is missing"),
            ({"X": X, "y": Y[:6]}, "y has 6 labels, X has 7 rows"),
            ({"X": X, "y": np.zeros((6, 2))}, r"y has shape \(6, 2\), wanted \(7,\), X has 7 rows"),
            ({"X": X, "y": np.float64(1)}, r"y has shape \(\), wanted \(7,\), X has 7 rows"),
            ({"X": Y, "y": Y}, r"X has shape \(7,\), wanted \(n, features\)"),
            ({"X": np.float64(1), "y": Y}, r"X has shape \(\), wanted \(n, features\)"),
            (
                {"X": X, "y": Y, "X_test": X[:, 1:], "y_test": Y},
                "the test data has 11 features, the training data 12",
            ),
        ],
    )
    def test_errors(self, tmp_path, arrays, message):
        path = npz(tmp_path / "d.npz", **arrays)
        with pytest.raises(ValueError, match=message) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ")

    def test_labels_may_be_missing_to_predict(self, tmp_path):
        (came, y), test = read(npz(tmp_path / "d.npz", X=X), labels=False)
        np.testing.assert_array_equal(came, X)
        assert y is None and test == (None, None)


class Trap:
    """Unpickling it leaves a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


class TestNothingIsUnpickled:
    def test_object_arrays(self, tmp_path):
        trap = np.array([[Trap(tmp_path / "sprung")]], dtype=object)
        np.savez(tmp_path / "d.npz", X=trap, y=np.zeros(1))
        with pytest.raises(ValueError, match=r"d.npz: not readable as \.npz: Object arrays"):
            read(tmp_path / "d.npz")
        assert not (tmp_path / "sprung").exists()

    def test_a_pickle(self, tmp_path):
        (tmp_path / "d.npz").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
        with pytest.raises(ValueError, match="another format"):
            read(tmp_path / "d.npz")
        assert not (tmp_path / "sprung").exists()

    def test_a_pickle_with_a_zip_file_at_its_end(self, tmp_path):
        archive = io.BytesIO()
        np.savez(archive, X=X, y=Y)
        trap = pickle.dumps(Trap(tmp_path / "sprung"))
        (tmp_path / "d.npz").write_bytes(trap + archive.getvalue())
        with pytest.raises(ValueError, match=r"not readable as \.npz"):
            read(tmp_path / "d.npz")
        assert not (tmp_path / "sprung").exists()


class TestDamage:
    def whole(self, save):
        file = io.BytesIO()
        save(file, X=X, y=Y)
        return file.getvalue()

    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    def test_each_file_cut_short_is_refused(self, tmp_path, save):
        whole, path = self.whole(save), tmp_path / "d.npz"
        for length in range(0, len(whole), 7):
            path.write_bytes(whole[:length])
            with pytest.raises(ValueError, match=r"d\.npz: "):
                read(path)

    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
    @given(data=st.data())
    def test_a_changed_byte_is_refused_or_changes_nothing(self, tmp_path, save, data):
        whole, path = bytearray(self.whole(save)), tmp_path / "d.npz"
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] ^= data.draw(st.integers(1, 255))
        path.write_bytes(whole)
        try:
            (came, y), test = read(path)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
        else:
            np.testing.assert_array_equal(came, X)
            np.testing.assert_array_equal(y, Y)
            assert test == (None, None)

    def test_an_array_that_claims_a_petabyte(self, tmp_path):
        array = io.BytesIO()
        np.save(array, np.zeros((1, 1), np.uint8))
        header = array.getvalue()
        lie = header.replace(b"(1, 1), }" + b" " * 14, b"(33554432, 33554432), }")
        assert len(lie) == len(header) and lie != header
        self.zip_of(tmp_path / "d.npz", {"X.npy": lie, "y.npy": header})
        with pytest.raises(ValueError, match=r"d.npz: not readable as .npz: \S"):
            read(tmp_path / "d.npz")

    def test_a_member_that_is_no_array(self, tmp_path):
        self.zip_of(tmp_path / "d.npz", {"X": b"some text", "y": b"more"})
        with pytest.raises(ValueError, match=r"d.npz: not readable as .npz: X is not an array"):
            read(tmp_path / "d.npz")

    def zip_of(self, path, members):
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)

    @pytest.mark.parametrize("data", [b"", b"not a zip file", idx_bytes(X), b"PK\x03\x04"])
    def test_another_format(self, tmp_path, data):
        (tmp_path / "d.npz").write_bytes(data)
        with pytest.raises(ValueError, match=r"d\.npz: a file of another .* wanted a \.npz file$"):
            read(tmp_path / "d.npz")

    def test_a_missing_file_is_an_os_error(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"no-such\.npz"):
            read(tmp_path / "no-such.npz")


class TestOtherNames:
    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    @pytest.mark.parametrize(
        "names",
        [
            ("x", "y"), ("data", "target"), ("images", "labels"), ("features", "labels"),
            ("train_images", "train_labels", "test_images", "test_labels"),  # as in MedMNIST
            ("train_data", "train_labels", "test_data", "test_labels"), ("arr_0", "arr_1"),
            ("X", "y", "x_test", "y_test"), ("data", "labels"),
        ],
    )  # fmt: skip
    def test_each_pair(self, tmp_path, save, names):
        save(tmp_path / "d.npz", **dict(zip(names, (X, Y, X_TEST, Y_TEST), strict=False)), other=Y)
        parts = [array for part in read(tmp_path / "d.npz") for array in part]
        for came, wanted in zip(parts, (X, Y, X_TEST, Y_TEST)[: len(names)], strict=False):
            assert came.dtype == wanted.dtype
            np.testing.assert_array_equal(came, wanted)
        assert parts[len(names) :] == [None] * (4 - len(names))

    def test_of_four_arrays_without_names_none_is_taken(self, tmp_path):
        np.savez(tmp_path / "d.npz", X, X_TEST, Y, Y_TEST)
        with pytest.raises(ValueError, match="holds arr_0, arr_1, arr_2, arr_3; wanted X and y"):
            read(tmp_path / "d.npz")

    def test_rows_with_fields_are_a_table(self, tmp_path):
        rows = np.array([(1, "a"), (2, "b")], [("n", "f4"), ("w", "U1")])
        (table, y), _ = read(npz(tmp_path / "d.npz", X=rows, y=np.array([0, 1])))
        assert contents(table) == contents(as_table(rows)) and y.tolist() == [0, 1]
        np.save(tmp_path / "d.npy", rows)
        (table, y), _ = read(tmp_path / "d.npy")
        assert contents(table) == {"n": ("number", [1.0, 2.0])} and y.tolist() == ["a", "b"]
        (table, y), _ = read(tmp_path / "d.npy", target="n")
        assert table.names == ("w",) and y.tolist() == [1, 2]
        with pytest.raises(ValueError, match=r"d\.npy: no column 'm', wanted one of n, w"):
            read(tmp_path / "d.npy", target="m")


class TestNpyWithATarget:
    ROWS = np.column_stack([RNG.normal(size=(30, 3)), np.arange(30) % 3])

    def test_the_last_or_the_first_column(self, tmp_path):
        np.save(tmp_path / "d.npy", self.ROWS)
        (came, y), test = read(tmp_path / "d.npy")
        assert y.dtype == np.int64 and y.tolist() == self.ROWS[:, 3].tolist()
        assert np.array_equal(came, self.ROWS[:, :3]) and test == (None, None)
        assert not came.flags.owndata and not came.flags.writeable  # it is the file
        (came, y), _ = read(tmp_path / "d.npy", target="first")
        assert y.dtype == np.float64 and y.tolist() == self.ROWS[:, 0].tolist()
        assert np.array_equal(came, self.ROWS[:, 1:])
        (_, y), _ = read(tmp_path / "d.npy", classes=[])
        assert y.dtype == np.float64

    def test_rows_without_a_target(self, tmp_path):
        rows = self.ROWS.copy()
        rows[4, 3] = np.nan
        np.save(tmp_path / "d.npy", rows)
        with pytest.warns(LearningWarning, match=r"d\.npy: 1 of 30 rows have no 'last'"):
            (came, y), _ = read(tmp_path / "d.npy")
        assert len(came) == len(y) == 29

    @pytest.mark.parametrize(
        ("array", "options", "said"),
        [
            (ROWS, {"target": "age"}, "no column 'age', wanted first or last: it has no names"),
            (ROWS, {"drop": ["age"]}, "no column 'age', wanted first or last"),
            (ROWS, {"weight": "age"}, "no column 'age', wanted first or last"),
            (ROWS[:, 0], {}, r"float64 \(30,\), wanted rows of numbers and y in a column, or"),
            (ROWS[:, :1], {}, r"float64 \(30, 1\), wanted rows"),
            (np.zeros((2, 3, 4), "u1"), {}, r"uint8 \(2, 3, 4\), wanted rows"),
            (np.array([["a", "b"]]), {}, r"<U1 \(1, 2\), wanted rows"),
            (ROWS * np.nan, {}, "target 'last'|no values|empty"),
        ],
    )
    def test_errors(self, tmp_path, array, options, said):
        np.save(tmp_path / "d.npy", array)
        with pytest.raises(ValueError, match=rf"d\.npy: .*({said})"):
            read(tmp_path / "d.npy", **options)


class TestSparse:
    ROWS = np.where(RNG.random((9, 5)) < 0.3, RNG.normal(size=(9, 5)), 0)

    @pytest.mark.parametrize("array", [scipy.sparse.csr_array, scipy.sparse.csr_matrix,
                                       scipy.sparse.csc_array, scipy.sparse.coo_array])  # fmt: skip
    def test_what_scipy_saves(self, tmp_path, array):
        scipy.sparse.save_npz(tmp_path / "d.npz", array(self.ROWS))
        (came, y), test = read(tmp_path / "d.npz", labels=False)
        assert y is None and test == (None, None) and came.shape == (9, 5)
        assert np.array_equal(came.toarray(), self.ROWS)
        assert Samples(came, np.dtype("f8")).rows is came  # in order, each once
        with pytest.raises(ValueError, match=r"d\.npz: .*a sparse array without labels"):
            read(tmp_path / "d.npz")

    def test_entries_that_come_twice_are_added(self, tmp_path):
        twice = scipy.sparse.coo_array(([1.0, 2, 4], ([1, 0, 1], [3, 0, 3])), shape=(2, 4))
        scipy.sparse.save_npz(tmp_path / "d.npz", twice)
        (came, _), _ = read(tmp_path / "d.npz", labels=False)
        assert came.toarray().tolist() == [[2, 0, 0, 0], [0, 0, 0, 5]]

    @pytest.mark.parametrize("array", [scipy.sparse.dia_array, scipy.sparse.bsr_array])
    def test_other_forms_are_named(self, tmp_path, array):
        scipy.sparse.save_npz(tmp_path / "d.npz", array(self.ROWS))
        with pytest.raises(ValueError, match=r"sparse array of form (dia|bsr), wanted csr, csc or"):
            read(tmp_path / "d.npz", labels=False)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"indices": np.array([9, 0, 1], "i4")}, "an entry out of range, wanted columns from"),
            ({"indices": np.array([-1, 0, 1], "i4")}, "an entry out of range, wanted columns from"),
            ({"indptr": np.array([0, 3, 1, 3])}, "indptr of 3 numbers in 3 parts"),
            ({"indptr": np.array([0, 1, 2, 9])}, "indptr of 9 numbers in 3 parts, wanted 3"),
            ({"indptr": np.array([0, 1, 2, 3, 3])}, "in 4 parts, wanted 3 in 3"),
            ({"indices": np.array([0.5, 0, 1])}, "wanted whole numbers"),
            ({"indices": np.array([0, 1], "i4")}, "wanted 2"),
            ({"shape": np.array([3])}, "wanted rows and columns"),
            ({"shape": np.array([-3, 5])}, "wanted rows and columns"),
            ({"shape": np.array([3, 2**40])}, "wanted whole numbers, 3 below"),
            ({"data": np.array([1j, 2, 3])}, "wanted a row of real numbers"),
            ({"format": np.array(b"xyz")}, "form xyz, wanted csr"),
        ],
    )
    def test_damage_is_one_line(self, tmp_path, changes, said):
        whole = {
            "data": np.ones(3), "indices": np.array([0, 1, 2], "i4"), "shape": np.array([3, 5]),
            "indptr": np.arange(4), "format": np.array(b"csr"),
        }  # fmt: skip
        np.savez(tmp_path / "d.npz", **(whole | changes))
        with pytest.raises(ValueError, match=rf"d\.npz: not readable as .npz: .*({said})") as error:
            read(tmp_path / "d.npz", labels=False)
        assert "\n" not in str(error.value)


def test_a_workbook_is_named(tmp_path):
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", "")
        file.writestr("xl/workbook.xml", "")
    with pytest.raises(ValueError, match=r"t\.xlsx: the file holds a workbook; wanted CSV"):
        read(path)
