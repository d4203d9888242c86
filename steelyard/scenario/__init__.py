"""Scenarios: files that fix a run. One module for each section; file and Python alike."""

from steelyard.scenario.file import find, load
from steelyard.scenario.model import Scenario, scenario_hash, strategy_hash
from steelyard.scenario.schema import json_schema

__all__ = ["Scenario", "find", "json_schema", "load", "scenario_hash", "strategy_hash"]
