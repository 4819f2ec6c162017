"""How every command starts and fails: Hydra's app, exit status 2, one clear line."""

from __future__ import annotations

import errno
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from roadmap.base import config
from roadmap.base.help import help_text
from roadmap.base.quiet import silence

if TYPE_CHECKING:
    from omegaconf import DictConfig

Overrides = list[str]
_QUIET = {  # Roadmap keeps its own folders and logs
    "hydra.run.dir": ".",
    "hydra.output_subdir": "null",
    "hydra/hydra_logging": "none",
    "hydra/job_logging": "none",
}
_NO_FAULT_OF_OURS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
_HELP, _MULTIRUN = {"--help", "-h"}, {"--multirun", "-m"}
_CONFIG_DIR = ("--config-dir", "-cd")


def run(name: str, main: Callable[[DictConfig, Overrides], int]) -> None:
    """Run ``main(cfg, overrides)`` on conf/<name>.yaml and exit with what it returns.

    A wrong request (Hydra's errors, ValueError, LookupError from checks) is one line on
    stderr and exit status 2; Ctrl-C is 130.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    # Else Hydra prints the error itself, over many lines, and exits with 1.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    silence()
    status: list[int] = []
    wrong: list[str] = []
    try:
        if _HELP & set(sys.argv):
            print(help_text(name, [w for w in sys.argv[1:] if w not in _HELP]))
            sys.exit(0)
        _refuse_options()
        _use_own_config()
        with _no_folders():
            _run(name, main, status, wrong)
    except ValueError as error:
        refuse(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader, as ``head``, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in _NO_FAULT_OF_OURS:
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    for line in wrong:
        refuse(line)
    sys.exit(max(status, default=0))


def _run(
    name: str,
    main: Callable[[DictConfig, Overrides], int],
    status: list[int],
    wrong: list[str],
) -> None:
    """Run the app; add what it returns to ``status``, a wrong request to ``wrong``."""
    import hydra  # not at the top: --help does without
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from roadmap.base.wrong import explain

    @hydra.main(config_path=str(config.CONF), config_name=name, version_base="1.3")
    def app(cfg: DictConfig) -> None:
        try:
            status.append(main(cfg, list(HydraConfig.get().overrides.task)))
        except (ValueError, LookupError, OmegaConfBaseException) as error:
            if isinstance(error, KeyError | IndexError):
                raise  # a fault of ours, not of the request
            wrong.append(str(error))  # raised here, Hydra would add a line of its own

    try:
        app()
    except (HydraException, OmegaConfBaseException) as error:
        wrong.append(explain(error, name))


def _refuse_options() -> None:
    """Refuse dashes that Hydra has no option for, in one line instead of its usage.

    Raises:
        ValueError: one line, for ``--seeds 3`` instead of seeds=3.
    """
    from hydra._internal.utils import get_args_parser

    for word in get_args_parser().parse_known_args()[1]:
        if word.startswith("-"):
            valid = "SETTING=VALUE without dashes, as root=outputs"
            raise ValueError(f"{word}: valid: {valid}; --help lists the settings")


def _use_own_config() -> None:
    """Add the user's folder of settings, ``--config-dir`` or ./conf, to Hydra's path.

    Raises:
        ValueError: one line, where it is no folder, or a name in it is taken.
    """
    for at, word in enumerate(sys.argv):
        option, equals, folder = word.partition("=")
        if option in _CONFIG_DIR:
            config.use(Path(folder if equals else "".join(sys.argv[at + 1 : at + 2])))
            del sys.argv[at : at + (1 if equals else 2)]
            break
    if own := config.own():
        sys.argv[1:1] = ["--config-dir", str(own)]


@contextmanager
def _no_folders() -> Iterator[None]:
    """Keep Hydra from making folders: those of a multirun go to a temporary one."""
    with tempfile.TemporaryDirectory(prefix="roadmap-") as folder:
        quiet = dict(_QUIET)
        if _MULTIRUN & set(sys.argv):
            quiet |= {"hydra.sweep.dir": folder, "hydra.sweep.subdir": "."}
        said = {word.partition("=")[0] for word in sys.argv}
        words = [f"{key}={quiet[key]}" for key in quiet if key not in said]
        # Beside the user's words: Hydra takes them in one place of the command line.
        at = [i for i, word in enumerate(sys.argv) if "=" in word and word[0] != "-"]
        first = at[0] if at else len(sys.argv)
        sys.argv[first:first] = words
        yield


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Take a polite kill as Ctrl-C: what is running leaves a checkpoint."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def refuse(line: str) -> None:
    """Print the line and exit with status 2."""
    print("error: " + " ".join(line.split()), file=sys.stderr)
    sys.exit(2)
