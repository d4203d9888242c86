"""Section `feeds`: where the data lie. Paths are relative to the scenario's folder."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from steelyard.scenario.free import FREE
from steelyard.scenario.section import Section
from steelyard.scenario.synthetic import SyntheticBars
from steelyard.scenario.unit import OR_NONE, wrong
from steelyard.scenario.units import FEED, PATH

_ORIGINS = ("path", "feed", "synthetic")
_NAMES = {"path": "file", "feed": "feed"}


def _file_or_code(schema: dict[str, Any]) -> None:
    """Tell an editor that a file has no further keys, and a feed has any."""
    keys = list(schema["properties"])
    origins = [key for key in _ORIGINS if key in keys]
    for key in origins:
        schema["properties"][key].pop("default", None)
    one_of = [{"required": [key]} for key in origins if key != "feed"]
    schema["if"] = {"required": ["feed"]}
    schema["then"] = {"not": {"anyOf": one_of}}
    schema["else"] = {"oneOf": one_of, "propertyNames": {"enum": keys}}


class AnyFeed(Section):
    """A file of rows, or a feed that is somebody's own code, with settings of its own."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_file_or_code)
    __pydantic_extra__: dict[str, Annotated[Any, FREE]]

    path: Annotated[str, PATH] = ""
    """File, relative to the scenario's folder; this or `feed` must be given."""
    feed: Annotated[str, FEED] = ""
    """Code in place of a file: name of a plug-in, or `module:attribute`, where the module may lie
    beside the scenario. All other keys are settings of its own."""

    @property
    def settings(self) -> dict[str, Any]:
        """Give the settings of the feed's own."""
        return dict(self.model_extra or {})

    @model_validator(mode="wrap")
    @classmethod
    def _has_one_origin(cls, values: Any, handler: ModelWrapValidatorHandler["AnyFeed"]) -> Any:
        """Refuse neither and both of path and feed, and further keys of a file."""
        if not isinstance(values, dict):
            return handler(values)
        faults = list(_misplaced(values, set(cls.model_fields)))
        found = None
        try:
            found = handler(values)
        except ValidationError as error:
            faults += [_again(details) for details in error.errors(include_url=False)]
        if faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return found

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write the one that is there of path and feed."""
        written: dict[str, Any] = handler(self)
        return {key: value for key, value in written.items() if value or key not in _ORIGINS}


def _misplaced(values: dict[str, Any], known: set[str]) -> Iterator[InitErrorDetails]:
    """Say what is wrong with the keys of an entry."""
    there = [key for key in _ORIGINS if key in values and key in known]
    if not there:
        yield InitErrorDetails(type="missing", loc=("path",), input=values)
    for key in there[1:]:
        instead = "a feed stands in place of a file"
        if key == "synthetic":
            instead = f"a made market stands in place of a {_NAMES[there[0]]}"
        both = wrong(instead, f"keep {there[0]} or {key}")
        yield InitErrorDetails(type=both, loc=(key,), input=values[key])
    if "feed" not in values:
        for key in values.keys() - known:
            yield InitErrorDetails(type="extra_forbidden", loc=(key,), input=values[key])


def _again(details: ErrorDetails) -> InitErrorDetails:
    """Give an error once more, to be raised with others."""
    message = details["msg"].replace("{", "{{").replace("}", "}}")
    kind = PydanticCustomError(details["type"], message, details.get("ctx"))
    return InitErrorDetails(type=kind, loc=details["loc"], input=details["input"])


class BarFeed(AnyFeed):
    """Bars, CSV or Parquet, one row for each instrument and bar; a feed of code; or a model."""

    price_basis: Literal["quoted", "split_adjusted"] = "quoted"
    """Whether prices are as quoted on the day, or adjusted for later splits."""
    synthetic: Annotated[SyntheticBars | None, OR_NONE] = None
    """A market that a model makes, in place of a file; of the universe only."""


class ActionFeed(AnyFeed):
    """Splits and cash dividends, CSV or Parquet; or a feed of code."""


class ObservationFeed(AnyFeed):
    """Figures, CSV or Parquet, each with the time from which it was known; or a feed of code."""

    revised: Literal["refuse", "warn"] = "refuse"
    """What figures mean that were revised later: a fault, or a warning in the summary."""


class DocumentFeed(AnyFeed):
    """Documents, JSONL; or a feed of code."""


class RelationFeed(AnyFeed):
    """Whose news may bear on whom, CSV or Parquet, each row from when it was known."""


class ViewFeed(AnyFeed):
    """What people said of instruments, CSV or Parquet, each row from when it was known."""


class Feeds(Section):
    """Where the data lie."""

    bars: BarFeed
    """Bars of the universe."""
    benchmark: Annotated[BarFeed | None, OR_NONE] = None
    """Bars of `market.benchmark`."""
    actions: Annotated[ActionFeed | None, OR_NONE] = None
    """Splits and dividends."""
    observations: Annotated[tuple[ObservationFeed, ...], Field(strict=False)] = ()
    """Macro figures and other dated series."""
    documents: Annotated[tuple[DocumentFeed, ...], Field(strict=False)] = ()
    """Texts: news, reports, notes."""
    relations: Annotated[RelationFeed | None, OR_NONE] = None
    """Sectors, peers, suppliers and customers."""
    views: Annotated[tuple[ViewFeed, ...], Field(strict=False)] = ()
    """Views of people, which agents of kind `human` state."""
