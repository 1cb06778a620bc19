"""Mutation operators: our choice of cosmic-ray's, and some for code that consists of tables."""

from typing import Any, Iterator, List, Tuple

import cosmic_ray.plugins
from cosmic_ray.ast import get_ast

__all__ = ["OPERATORS"]

Position = Tuple[int, int]  # line and column

# For each operator only the boundary and the opposite: other replacements add nothing to these, and
# most of them do not compile (`*` for `%`, `<` for `is`).
_CHOSEN = (
    "AddNot",
    "ExceptionReplacer",
    "NumberReplacer",
    "RemoveDecorator",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceFalseWithTrue",
    "ReplaceTrueWithFalse",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_FloorDiv",
    "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceBinaryOperator_Div_Mul",
    "ReplaceBinaryOperator_Mod_Add",
    "ReplaceBinaryOperator_Pow_Mul",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_LShift_RShift",
    "ReplaceBinaryOperator_RShift_LShift",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_GtE_Lt",
    "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
    "ZeroIterationForLoop",
)


def _is_sentence(node: Any) -> bool:
    """Whether a node is text for people, whose wording is not promised."""
    if node.type == "string":
        return " " in node.value or node.parent.type == "strings"
    return node.type in ("strings", "fstring")


class SwapIn:
    """``in`` becomes ``not in`` and the other way round."""

    def mutation_positions(self, node: Any) -> Iterator[Tuple[Position, Position]]:
        """Every ``in`` and ``not in`` of a comparison."""
        for _, child in self._found(node):
            yield child.start_pos, child.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Swap the one of this index."""
        place, child = self._found(node)[index]
        other = " not in" if child.get_code().strip() == "in" else " in"
        node.children[place] = get_ast(other)
        return node

    @staticmethod
    def _found(node: Any) -> List[Tuple[int, Any]]:
        if node.type != "comparison":
            return []
        return [
            (place, child)
            for place, child in enumerate(node.children)
            if place % 2 and " ".join(child.get_code().split()) in ("in", "not in")
        ]


class DropElement:
    """Removes an element of a tuple, list, set or dict, or a keyword argument of a call."""

    def mutation_positions(self, node: Any) -> Iterator[Tuple[Position, Position]]:
        """Every element, with its key if it has one."""
        for element in self._elements(node):
            yield element[0].start_pos, element[-1].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Drop the element of this index, and the comma after it."""
        element = self._elements(node)[index]
        last = node.children.index(element[-1])
        del node.children[node.children.index(element[0]) : last + 2]
        return node

    @staticmethod
    def _elements(node: Any) -> List[List[Any]]:
        if node.type not in ("testlist_comp", "dictorsetmaker", "arglist"):
            return []
        elements: List[List[Any]] = [[]]
        for child in node.children:
            if child.type == "operator" and child.value == ",":
                elements.append([])
            else:
                elements[-1].append(child)
        elements = [element for element in elements if element]
        if any(part.type in ("sync_comp_for", "comp_for") for part in elements[0]):
            return []
        if node.type != "arglist":
            return elements
        return [
            element
            for element in elements
            if element[0].type == "argument"
            and element[0].children[1] == "="
            and not _is_sentence(element[0].children[2])
        ]


class ChangeWord:
    """A string of one word, which is a code, a key or a name, becomes another word.

    Sentences are left alone, since their wording is not promised.
    """

    def mutation_positions(self, node: Any) -> Iterator[Tuple[Position, Position]]:
        """Every string literal with no space in it."""
        if node.type == "string" and len(node.value) > 2 and not _is_sentence(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Put a letter before the closing quote."""
        node.value = node.value[:-1] + "X" + node.value[-1]
        return node


_OWN = {"SwapIn": SwapIn, "DropElement": DropElement, "ChangeWord": ChangeWord}
cosmic_ray.plugins.OPERATOR_PROVIDERS["own"] = _OWN

OPERATORS: Tuple[str, ...] = (*(f"core/{name}" for name in _CHOSEN), *(f"own/{n}" for n in _OWN))
