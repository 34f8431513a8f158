"""The names of an expression as maps that note what is touched."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping

from declarative.config.bounds import Fault
from declarative.config.scope import Entries, Executions, StatusUpstream
from declarative.config.suggest import nearest
from declarative.config.trace import Trace
from declarative.config.variables import Variables
from declarative.model.address import Address
from declarative.model.desired import Pending, Upstream

ATTRIBUTES = ("result", "input", "id", "status")


class View(Mapping[str, object]):
    """A closed map: a key that it does not have is an error, never undefined."""

    __slots__ = ()
    __hash__ = object.__hash__

    @abstractmethod
    def __getitem__(self, key: str) -> object: ...

    def whole(self) -> object:
        """The view as a value of its own. Raises Fault where it is none."""
        raise Fault("expression_type", "This is not a value by itself", "Add what you want of it.")

    def __eq__(self, other: object) -> bool:
        return self is other


class Closed(View):
    """A name that means nothing here."""

    __slots__ = ("hint", "name")

    def __init__(self, name: str, hint: str) -> None:
        self.name = name
        self.hint = hint

    def _refuse(self) -> Fault:
        return Fault("expression_name", f'"{self.name}" cannot be used here', self.hint)

    def __getitem__(self, key: str) -> object:
        raise self._refuse()

    def __contains__(self, key: object) -> bool:
        raise self._refuse()

    def __iter__(self) -> Iterator[str]:
        raise self._refuse()

    def __len__(self) -> int:
        raise self._refuse()

    def whole(self) -> object:
        raise self._refuse()


class VariablesView(View):
    """`var`. Reading a sensitive one taints the leaf."""

    __slots__ = ("trace", "variables")

    def __init__(self, variables: Variables, trace: Trace) -> None:
        self.variables = variables
        self.trace = trace

    def __getitem__(self, key: str) -> object:
        values = self.variables.values
        if key not in values:
            raise absent_variable(key, self.variables)
        if key in self.variables.sensitive:
            self.trace.tainted = True
        return values[key]

    def __contains__(self, key: object) -> bool:
        return key in self.variables.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables.values)

    def __len__(self) -> int:
        return len(self.variables.values)

    def whole(self) -> object:
        return {key: self[key] for key in self}


class ExecutionsView(View):
    """`executions`: every entry that is declared and enabled."""

    __slots__ = ("executions", "trace")

    def __init__(self, executions: Executions, trace: Trace) -> None:
        self.executions = executions
        self.trace = trace

    def __getitem__(self, key: str) -> object:
        entries = self.executions.entries
        if key not in entries.keys:
            raise absent_entry(key, entries)
        keys = entries.keys[key]
        if keys is None:
            return InstanceView(Address(key), self.executions, self.trace)
        return InstancesView(key, keys, self.executions, self.trace)

    def __contains__(self, key: object) -> bool:
        return key in self.executions.entries.keys

    def __iter__(self) -> Iterator[str]:
        return iter(self.executions.entries.keys)

    def __len__(self) -> int:
        return len(self.executions.entries.keys)


class InstancesView(View):
    """The instances of an entry with for_each, by key. Keys are known without asking anything."""

    __slots__ = ("executions", "keys_known", "name", "trace")

    def __init__(
        self, name: str, keys_known: Mapping[str, object], executions: Executions, trace: Trace
    ) -> None:
        self.name = name
        self.keys_known = keys_known
        self.executions = executions
        self.trace = trace

    def __getitem__(self, key: str) -> object:
        if key not in self.keys_known:
            raise absent_instance(self.name, key, self.keys_known)
        return InstanceView(Address(self.name, key), self.executions, self.trace)

    def __contains__(self, key: object) -> bool:
        return key in self.keys_known

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_known)

    def __len__(self) -> int:
        return len(self.keys_known)


class InstanceView(View):
    """One execution. Reading an attribute asks the upstream, and is traced."""

    __slots__ = ("address", "executions", "trace")

    def __init__(self, address: Address, executions: Executions, trace: Trace) -> None:
        self.address = address
        self.executions = executions
        self.trace = trace

    def __getitem__(self, key: str) -> object:
        if key not in ATTRIBUTES:
            raise Fault("unknown_attribute", f'{self.address} has no "{key}"', nearest(key, ATTRIBUTES))
        read = self._reader(key, self.executions.upstream)
        self.trace.touched[self.address] = None
        if key in self.executions.entries.sensitive.get(self.address.name, ()):
            self.trace.tainted = True
        try:
            return read(self.address)
        except Pending as pending:
            return self.trace.unknown(pending)

    def _reader(self, key: str, upstream: Upstream | None) -> Callable[[Address], object]:
        if upstream is None:
            raise Fault(
                "expression_name",
                f'"{key}" of an execution cannot be used here',
                "Only names and keys of executions are known here, as in ${executions.NAME | list}.",
            )
        match key:
            case "result":
                return upstream.result
            case "input":
                return upstream.input
            case "id":
                return upstream.id
        if not self.executions.status or not isinstance(upstream, StatusUpstream):
            raise Fault("expression_name", '"status" can only be read in outputs', _STATUS)
        return upstream.status

    def __contains__(self, key: object) -> bool:
        return key in ATTRIBUTES

    def __iter__(self) -> Iterator[str]:
        raise Fault("expression_type", f"{self.address} is one execution, not a map", _ATTRIBUTE)

    def __len__(self) -> int:
        raise Fault("expression_type", f"{self.address} is one execution, not a map", _ATTRIBUTE)

    def whole(self) -> object:
        raise Fault("expression_type", f"{self.address} is not a value by itself", _ATTRIBUTE)


def absent_variable(name: str, variables: Variables) -> Fault:
    return Fault("unknown_variable", f'There is no variable "{name}"', nearest(name, variables.values))


def absent_entry(name: str, entries: Entries) -> Fault:
    if name in entries.disabled:
        return Fault(
            "unknown_execution", f'The execution "{name}" is disabled', "Its `enabled` is false here."
        )
    return Fault("unknown_execution", f'There is no execution "{name}"', nearest(name, entries.keys))


def absent_instance(name: str, key: str, keys: Mapping[str, object]) -> Fault:
    if key in ATTRIBUTES:
        example = next(iter(keys), "KEY")
        hint = f'Name one, executions.{name}["{example}"].{key}, or take all: '
        hint += f'executions.{name} | values | map(attribute="{key}") | list.'
        return Fault("unknown_instance", f'"{name}" has for_each: it is a map of executions', hint)
    return Fault("unknown_instance", f'"{name}" has no instance "{key}"', nearest(key, keys))


_ATTRIBUTE = "Read .result, .input or .id of it."
_STATUS = "Use depends_on to wait for an execution."
