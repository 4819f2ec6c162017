"""Settings as typed data: pydantic checks them, one line says what is wrong.

A group of settings is a class whose annotations say what is valid:

    @settings("recipe")
    class Recipe:
        epochs: AtLeast1
        ema: Share | None = None

Its values are canonical (0 and 0.0 are the same number, a list becomes a tuple), so
``asdict`` of it can stand in a run's identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from functools import wraps
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    dataclass_transform,
)
from typing import get_args as arguments
from typing import get_origin as origin
from typing import get_type_hints as type_hints

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AfterValidator, ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from roadmap.base.close import did_you_mean

if TYPE_CHECKING:
    from omegaconf import DictConfig

Kind = TypeVar("Kind")
Count = Annotated[int, Ge(0)]
AtLeast1 = Annotated[int, Ge(1)]
Positive = Annotated[float, Gt(0)]
NotNegative = Annotated[float, Ge(0)]
Share = Annotated[float, Ge(0), Le(1)]
_CONFIG = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def settings(group: str) -> Callable[[type[Kind]], type[Kind]]:
    """Return a decorator that makes a class a frozen dataclass of checked settings.

    ``group`` is what the settings are called by on a command line (``recipe``); ""
    for those that stand by themselves. Wrong values raise ValueError, one line that
    names the setting and what is valid.
    """

    def decorate(cls: type[Kind]) -> type[Kind]:
        made: Any = dataclass(frozen=True, kw_only=True, config=_CONFIG)(cls)
        checked = made.__init__

        @wraps(checked)
        def check(self: Any, /, **values: Any) -> None:
            try:
                checked(self, **{k: _frozen(v) for k, v in values.items()})
            except ValidationError as error:
                raise ValueError(_line(made, group, values, error)) from None

        made.__init__ = check
        made.group = group
        return made

    return decorate


def read(kind: type[Kind], cfg: DictConfig) -> Kind:
    """Return the settings of a class from a config that has them, and others too.

    Raises:
        ValueError: one line that names the wrong setting and what is valid.
    """
    from omegaconf import OmegaConf  # not at the top: settings are read without it

    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    names: Any = kind
    return kind(**{field.name: plain[field.name] for field in fields(names)})


def refuse(
    setting: str, value: object, valid: str, names: Iterable[str] = ()
) -> ValueError:
    """Return the one error for a setting whose value is not valid.

    ``names`` are the valid words, where there are few: the closest is proposed.
    """
    hint = did_you_mean(word(value), names)
    return ValueError(f"{setting}={word(value)}: {hint}valid: {valid}")


def one_of(setting: str, value: object, valid: tuple[str, ...] | list[str]) -> None:
    """Raise ValueError, one line, unless ``value`` is one of the valid ones."""
    if value not in valid:
        raise refuse(setting, value, ", ".join(valid), valid)


def word(value: object) -> str:
    """Return a value as the command line has it: ``[3,3,9,3]``, ``null``, ``true``."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{','.join(map(word, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def valid(hint: Any) -> str:
    """Return in words what an annotation lets pass: ``null or an integer >= 1``."""
    if origin(hint) is Annotated:
        base, *marks = arguments(hint)
        said = [mark for mark in marks if isinstance(mark, str)]
        return said[0] if said else _number(base, marks)
    if origin(hint) in (Union, UnionType):
        parts = [part for part in arguments(hint) if part is not NoneType]
        return "null or " + " or ".join(map(valid, parts))
    if origin(hint) is Literal:
        return ", ".join(map(word, arguments(hint)))
    if origin(hint) is tuple:
        inner, *more = arguments(hint)
        what = valid(inner)
        many = ... in more
        return f"a list, each {what}" if many else f"[low,high], each {what}"
    if origin(hint) is dict:
        return "a dictionary, {name: value}"
    return {bool: "true, false", str: "a word"}.get(hint) or _number(hint, [])


def _number(base: Any, marks: list[Any]) -> str:
    kind = {int: "an integer", float: "a number"}.get(base)
    if kind is None:
        return valid(base)
    signs = {Ge: ">=", Gt: ">", Le: "<=", Lt: "<"}
    ends = [f"{signs[type(m)]} {_end(m)}" for m in marks if type(m) in signs]
    if [end[:2] for end in ends] == [">=", "<="]:
        return f"{kind} from {ends[0][3:]} to {ends[1][3:]}"
    return " ".join([kind, " and ".join(ends)]).strip()


def _end(mark: Any) -> str:
    (value,) = astuple(mark)
    return str(value) if isinstance(value, int) else f"{value:g}"


def checked_by(holds: Callable[[Any], bool]) -> AfterValidator:
    """Return an annotation that lets a value pass if ``holds`` says so."""

    def check(value: Any) -> Any:
        if not holds(value):
            raise ValueError("refused")
        return value

    return AfterValidator(check)


def _frozen(value: Any) -> Any:
    """Return lists, as YAML and JSON have them, as tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _line(
    kind: Any, group: str, values: Mapping[str, Any], error: ValidationError
) -> str:
    """Return the first error in one line."""
    first = error.errors()[0]
    names = [field.name for field in fields(kind)]
    name = str(first["loc"][0]) if first["loc"] else ""
    before = f"{group}." if group else ""
    if first["type"] == "unexpected_keyword_argument":
        known = ", ".join(names)
        hint = did_you_mean(name, names)
        return f"{before}{name}: no such setting; {hint}valid: {known}"
    if name not in names:  # of several settings at odds, by __post_init__
        return str(first.get("ctx", {}).get("error", first["msg"]))
    hint = type_hints(kind, include_extras=True)[name]
    expected = valid(hint)
    if name not in values:
        return f"{before}{name} is missing: valid: {expected}"
    return str(refuse(before + name, values[name], expected, _names(hint)))


def _names(hint: Any) -> list[str]:
    """Return the words that an annotation lists, ``Literal["adamw", "sgd"]``."""
    if origin(hint) is Literal:
        return [name for name in arguments(hint) if isinstance(name, str)]
    parts = arguments(hint) if origin(hint) in (Union, UnionType) else ()
    return [name for part in parts for name in _names(part)]
