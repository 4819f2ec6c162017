import pickle

import pytest
import torch

from roadmap.training import checkpoint

CPU = torch.device("cpu")


def test_the_newest_is_loaded_and_two_are_kept(tmp_path):
    for update in (2, 10, 9, 100):
        checkpoint.save(tmp_path, update, {"update": update})
    assert checkpoint.load(tmp_path, CPU) == {"update": 100}
    assert len(list(tmp_path.iterdir())) == 2
    checkpoint.remove(tmp_path)
    assert not tmp_path.exists()
    assert checkpoint.load(tmp_path, CPU) is None


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_a_broken_one_is_named_and_the_one_before_is_taken(tmp_path, keep, caplog):
    for update in (1, 2):
        checkpoint.save(tmp_path, update, {"weights": torch.ones(1000) * update})
    newest = sorted(tmp_path.iterdir())[-1]
    content = newest.read_bytes()
    size = int(keep * len(content)) if isinstance(keep, float) else keep
    newest.write_bytes(content[:size])
    with caplog.at_level("WARNING", logger="roadmap"):
        state = checkpoint.load(tmp_path, CPU)
    assert state["weights"][0] == 1
    assert newest.name in caplog.text


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "made"), "w"))

    torch.save({"model": Evil()}, tmp_path / "000000001.pt")
    (tmp_path / "000000002.pt").write_bytes(pickle.dumps(Evil()))
    assert checkpoint.load(tmp_path, CPU) is None
    assert not (tmp_path / "made").exists()
