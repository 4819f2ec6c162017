import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.base import config
from roadmap.network.path import step_names
from roadmap.studies.plan import parse_seeds, plan_run, plan_sweep

CONTRACT = [
    "resnet_original",
    "resnet",
    "stage_ratio",
    "patchify_stem",
    "depthwise_conv",
    "increase_width",
    "inverting_dimensions",
    "move_up_depthwise",
    "kernel_5",
    "kernel_7",
    "kernel_9",
    "kernel_11",
    "gelu",
    "fewer_activations",
    "fewer_norms",
    "layer_norm",
    "separate_downsampling",
    "swin",
]


def test_all_is_every_step_in_the_contracts_order():
    assert list(step_names())[: len(CONTRACT)] == CONTRACT
    planned = plan_sweep(["+step=all"], 2)
    assert [(one.seed, one.step) for one in planned] == [
        (seed, step) for seed in (0, 1) for step in CONTRACT
    ]
    assert len({one.run.id for one in planned}) == len(planned)


@pytest.mark.parametrize("regime", config.options("regime"))
def test_every_step_plans_in_every_regime(regime):
    data = "fashion_mnist" if regime == "proxy" else "imagenet"
    steps = f"+step=[{','.join(step_names())}]"
    planned = plan_sweep([steps, f"regime={regime}", f"data={data}"], 1)
    assert [one.step for one in planned] == list(step_names())
    assert all(one.gflops > 0 and one.params > 0 for one in planned)


@pytest.mark.parametrize("word", ["seed=1", "recipe.epochs=1", "data.train_size=9"])
def test_identity_is_what_changes_the_result(word):
    assert plan_run(["step=gelu", word]).run.id != plan_run(["step=gelu"]).run.id


@pytest.mark.parametrize(
    "word",
    [
        "root=/elsewhere",
        "device=cpu",
        "threads=2",
        "num_workers=3",
        "device_batch=8",
        "compile=true",
        "checkpoint_seconds=1",
        "tracker=csv",
        "study=other",
    ],
)
def test_identity_is_not_where_it_runs(word):
    assert plan_run(["step=gelu", word]).run.id == plan_run(["step=gelu"]).run.id


def test_original_keeps_its_recipe_and_is_shortened_too():
    words = ["+step=[resnet_original,resnet]", "recipe.lr=1e-3", "recipe.epochs=1"]
    start, resnet = plan_sweep(words, 1)
    recipe = start.run.recipe
    assert (recipe["optimizer"], recipe["epochs"]) == ("sgd", 1)
    assert recipe["lr"] != resnet.run.recipe["lr"] == 1e-3
    assert start.run.network == resnet.run.network


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["recipe.mixup=0"], ["recipe.mixup=0.0"]),
        (["recipe.lr=3e-3"], ["recipe.lr=0.003"]),
        (["recipe.lr=3e-3"], []),
        (["data.rotation=15"], ["data.rotation=15.0"]),
        (["network.drop_path_rate=0"], ["recipe.drop_path_rate=0.0"]),
        (["network.depths=[1,3,1]"], []),
    ],
)
def test_identity_is_what_is_meant_and_not_how_it_was_typed(one, other):
    runs = [plan_run(["step=gelu", *words]).run for words in (one, other)]
    assert runs[0].id == runs[1].id


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["+step=[gelu,resnet]", "+step=resnet"], r"\+step=resnet: valid: one \+step"),
        (["+step=gelu", "+step=gelu"], r"\+step=gelu: valid: one \+step="),
        (["+step=resnet_original", "recipe.lr=1"], "recipe.lr=1: resnet_original"),
    ],
)
def test_no_word_is_left_out_of_account(words, line):
    with pytest.raises(ValueError, match=line):
        plan_sweep(words, 1)


def test_weights_count_by_their_contents_and_not_their_path(tmp_path):
    ids = []
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
        words = ["step=gelu", f"recipe.weights={tmp_path / name}"]
        ids.append(plan_run(words).run.id)
    assert ids[0] == ids[1] != ids[2]


def test_full_scale_is_table_10s_experiment():
    words = ["step=gelu", "regime=resnet50", "data=imagenet", "recipe=enhanced"]
    run = plan_run(words).run
    assert run.network["depths"] == [3, 3, 9, 3]
    assert run.network["drop_path_rate"] == 0.1
    assert run.network["layer_scale"] == 1e-6
    assert (run.recipe["epochs"], run.recipe["batch_size"]) == (300, 4096)
    assert (run.data["image_size"], run.data["num_classes"]) == (224, 1000)
    first = plan_run(["step=resnet_original", *words[1:]]).run
    assert (first.recipe["epochs"], first.recipe["optimizer"]) == (90, "sgd")
    assert first.network["layer_scale"] is None


@given(st.integers(1, 50))
def test_a_count_is_that_many_seeds_from_zero(count):
    assert parse_seeds(count) == list(range(count))


@given(st.lists(st.integers(-2, 5), max_size=4))
def test_a_list_is_itself_or_refused(seeds):
    good = seeds and min(seeds) >= 0 and len(set(seeds)) == len(seeds)
    if good:
        assert parse_seeds(seeds) == seeds
    else:
        with pytest.raises(ValueError, match="seeds="):
            parse_seeds(seeds)
