"""The syntax tree, changed where Jinja compiles to plain Python that no meter would see."""

from __future__ import annotations

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

CONCAT = " concat"
COMPARED = " compared"
OTHERWISE = " otherwise"
SLICED = " sliced"


class Metered(NodeTransformer):
    """`~`, comparisons, slices and an `if` without `else` become filters. Their names cannot be written."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), CONCAT)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        for operand in node.ops:
            operand.expr = _filter(operand.expr, COMPARED)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _filter(node.node, SLICED)
        return node

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:
        self.generic_visit(node)
        if node.expr2 is None:
            node.expr2 = _filter(nodes.Const(None, lineno=node.lineno), OTHERWISE)
        return node


def _filter(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
