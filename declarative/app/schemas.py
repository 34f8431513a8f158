"""The JSON Schemas of everything that others read or write."""

from __future__ import annotations

from declarative.model.json import Json


def schema_of(which: str) -> dict[str, Json]:
    """`config`, `plan`, `state` or `events`."""
    if which == "plan":
        from declarative.render.plan_schema import plan_schema

        return plan_schema()
    if which == "state":
        from declarative.state.schema import state_schema

        return state_schema()
    if which == "events":
        from declarative.render.events_schema import events_schema

        return events_schema()
    from declarative.config.json_schema import config_schema

    return config_schema()
