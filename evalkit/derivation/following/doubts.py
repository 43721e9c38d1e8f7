"""What fails is false only where nothing about it is in doubt. Looked at when all of the reply has been read.

Every doubt is a rule of its own: why may a relation that fails not be meant as it was read, or claim nothing? Most yield
where a single edit makes the relation true (verdicts/nearness.py): then it was read rightly, and is a slip. They are asked
in the order of DOUBTS; the first that does not yield makes the relation disputed, and its name stands in the judgement.

What has no names is in no doubt: 3 + 4 = 8 is false.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from evalkit.derivation.following.activations import of_a_function_at_numbers, of_any_function
from evalkit.derivation.following.apart_by_words import both_at_once, labelled_apart, number_named_I
from evalkit.derivation.following.arguments import of_supposed_argument
from evalkit.derivation.following.circumstances import (
    named_again,
    on_a_condition,
    said_to_define,
    two_values,
    under_circumstances,
)
from evalkit.derivation.following.conventions import by_convention
from evalkit.derivation.following.elsewhere import (
    another_function,
    behind_a_rule,
    corrected,
    in_brackets,
    meant_elsewhere,
    of_another_function,
    quoted_mistake,
    restarted,
    solved_for_later,
    told_in_a_later_part,
    told_later,
    value_elsewhere,
)
from evalkit.derivation.following.exercises import another_value_in_a_part, of_another_exercise
from evalkit.derivation.following.foreign import led_to_by_unknown_words, property_in_unknown_words
from evalkit.derivation.following.gradients import of_named_gradient
from evalkit.derivation.following.gradients_meant import may_be_gradients
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.items import of_another_item
from evalkit.derivation.following.late import left_out
from evalkit.derivation.following.layers import of_supposed_layers
from evalkit.derivation.following.likeness import another_body, only_here, own_value
from evalkit.derivation.following.names_meant import (
    defined_elsewhere,
    example_follows,
    given_otherwise,
    is_index_letter,
    said_equal,
    unconfirmed,
    unspoken,
)
from evalkit.derivation.following.needed import from_what_is_needed, needed
from evalkit.derivation.following.new_letters import new_letter, set_to_a_number
from evalkit.derivation.following.notation import (
    another_cell,
    dot_without_sign,
    entry_of_own_column,
    index_left_out,
    listing,
    may_be_a_function,
    member_or_entry,
    moves_alone,
    number_at_a_matrix,
    on_a_property,
    ones_in_rows,
    own_shape,
    property_of_its_own,
    second_index,
    segment,
    summed_silently,
    turned_data,
)
from evalkit.derivation.following.one_entry import of_one_entry
from evalkit.derivation.following.one_value import indices_bounded, list_for_a_matrix, number_of_what_varies
from evalkit.derivation.following.own_product import of_a_length, of_own_product
from evalkit.derivation.following.passing import (
    given_again,
    given_anew,
    meant_otherwise,
    of_something_else,
    other_arguments,
    own_letters_in_it,
    value_of_a_size,
)
from evalkit.derivation.following.paths import by_paths
from evalkit.derivation.following.put_in import other_values_put_in
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.reasons import is_a_reason, of_signs, on_a_reason
from evalkit.derivation.following.reused import a_step, moves_along, names_a_constant, of_given_numbers, own_part
from evalkit.derivation.following.same_condition import a_condition_again, condition_said_again, solved_behind
from evalkit.derivation.following.sentence import (
    anew_in_part,
    conditional,
    in_its_sentence,
    indices_apart,
    of_another_case,
    of_what_is_not,
    on_words,
    put_in_there,
    subject_of_its_sentence,
    two_fonts,
)
from evalkit.derivation.following.sketched_slips import wrong_slope
from evalkit.derivation.following.spoken_of import named_function, sized_elsewhere, value_at_zero, value_or_product
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.following.stationary import at_a_stationary_point
from evalkit.derivation.following.steps import own_share
from evalkit.derivation.following.strangers import (
    layout_of_a_slope,
    on_its_own,
    open_bound,
    right_around,
    stranger,
    turned_sign,
    without_shape,
)
from evalkit.derivation.following.supposing import (
    ARROWS,
    heads_implication,
    implied_by_open,
    of_a_root,
    property_in_words,
)
from evalkit.derivation.following.to_be_solved import (
    called_an_equation,
    nothing_to_work_out,
    of_what_is_set_to_zero,
    open_condition,
    uneven,
    updates_itself,
)
from evalkit.derivation.following.trials import of_a_trial
from evalkit.derivation.following.worked import reject_the_miscomputed
from evalkit.derivation.grammar.nodes import Bin
from evalkit.derivation.grammar.relations import EQUAL, ORDER
from evalkit.derivation.verdicts.verdict import FALSE, Judgement, Verdict
from evalkit.derivation.worlds.env import MAX_REPLY_STEPS
from evalkit.derivation.worlds.scope import Defined, names_in

OF_ANOTHER = frozenset({"number", "function", "factor", "letter"})
"""Edits by which two meanings of one letter may differ."""


UNREAD = frozenset({Verdict.UNBOUND, Verdict.UNPARSED})


def stale(grounds: Grounds, read: Read) -> str:
    """Has a name that was given another meaning, which could not be read or is in doubt itself."""
    if read.judgement.rule == wrong_slope.__name__:
        return ""  # it was judged by that meaning
    names = {n for n in grounds.behind(read) if not is_index_letter(n) and not set("+-") & set(n.partition("_")[2])}
    for other in grounds.reading.relations:  # as they are now: those before may have been doubted
        if other.start >= read.start or other.chain == read.chain or other.op not in EQUAL:
            continue
        if other.judgement.verdict not in UNREAD and other.judgement.rule not in NAMES:
            continue
        name = grounds.told_of(other)
        if name is None or name not in names or grounds.is_asked(name) or grounds.confirmed(read, name, other.end):
            continue
        since = (r for r in grounds.relations if other.end < r.end and other.start <= r.start < read.start)
        if not any(
            name in r.introduces for r in since
        ):  # the third side of a chain may give what its second one does not
            return f"{name}: a later meaning of it cannot be read"
    return ""


@dataclass(frozen=True)
class Doubt:
    """Why a relation that fails may be no error; yields: not where a single edit makes it true."""

    of: Callable[[Grounds, Read], str]
    yields: bool = True

    @property
    def name(self) -> str:
        return self.of.__name__

    @property
    def says(self) -> str:
        """What it says of a relation, in words."""
        return (self.of.__doc__ or "").strip().partition("\n")[0]


ALONE = (
    Doubt(another_cell, yields=False),
    Doubt(member_or_entry, yields=False),
    Doubt(moves_alone, yields=False),
    Doubt(indices_bounded, yields=False),
    Doubt(list_for_a_matrix, yields=False),
    Doubt(entry_of_own_column, yields=False),
    Doubt(listing, yields=False),
    Doubt(property_of_its_own, yields=False),
    Doubt(on_a_property, yields=False),
    Doubt(own_shape, yields=False),
    Doubt(ones_in_rows, yields=False),
    Doubt(turned_data),
    Doubt(number_at_a_matrix, yields=False),
    Doubt(named_again, yields=False),
    Doubt(said_to_define, yields=False),
    Doubt(by_convention, yields=False),
    Doubt(at_a_stationary_point, yields=False),
    Doubt(index_left_out, yields=False),
    Doubt(segment, yields=False),
    Doubt(second_index, yields=False),
    Doubt(summed_silently, yields=False),
    Doubt(two_fonts, yields=False),
    Doubt(dot_without_sign, yields=False),
    Doubt(a_step),
    Doubt(names_a_constant, yields=False),
    Doubt(moves_along, yields=False),
    Doubt(of_given_numbers, yields=False),
    Doubt(own_part),
    Doubt(without_shape),
    Doubt(layout_of_a_slope, yields=False),
    Doubt(said_equal, yields=False),
    Doubt(may_be_a_function),
    Doubt(given_otherwise),
    Doubt(example_follows),
    Doubt(defined_elsewhere),
    Doubt(stale),
    Doubt(told_later),
    Doubt(told_in_a_later_part, yields=False),
    Doubt(solved_for_later, yields=False),
    Doubt(open_condition),
    Doubt(needed, yields=False),
    Doubt(from_what_is_needed, yields=False),
    Doubt(called_an_equation),
    Doubt(of_what_is_set_to_zero, yields=False),
    Doubt(updates_itself, yields=False),
    Doubt(on_a_condition),
    Doubt(on_a_reason, yields=False),
    Doubt(is_a_reason, yields=False),
    Doubt(of_signs, yields=False),
    Doubt(of_one_entry, yields=False),
    Doubt(by_paths),
    Doubt(unconfirmed),
    Doubt(unspoken),
    Doubt(turned_sign, yields=False),
    Doubt(right_around),
    Doubt(on_its_own),
    Doubt(conditional),
    Doubt(on_words, yields=False),
    Doubt(put_in_there, yields=False),
    Doubt(other_values_put_in, yields=False),
    Doubt(in_its_sentence),
    Doubt(of_another_case, yields=False),
    Doubt(of_what_is_not, yields=False),
    Doubt(subject_of_its_sentence, yields=False),
    Doubt(indices_apart, yields=False),
    Doubt(anew_in_part),
    Doubt(meant_elsewhere),
    Doubt(quoted_mistake, yields=False),
    Doubt(restarted, yields=False),
    Doubt(behind_a_rule),
    Doubt(value_elsewhere, yields=False),
    Doubt(of_another_function, yields=False),
    Doubt(another_function),
    Doubt(corrected, yields=False),
    Doubt(in_brackets, yields=False),
    Doubt(named_function, yields=False),
    Doubt(sized_elsewhere, yields=False),
    Doubt(value_or_product, yields=False),
    Doubt(value_at_zero, yields=False),
    Doubt(two_values, yields=False),
    Doubt(property_in_words, yields=False),
    Doubt(of_a_root, yields=False),
    Doubt(heads_implication, yields=False),
    Doubt(implied_by_open, yields=False),
    Doubt(led_to_by_unknown_words, yields=False),
    Doubt(property_in_unknown_words, yields=False),
    Doubt(own_letters_in_it, yields=False),
    Doubt(of_something_else, yields=False),
    Doubt(meant_otherwise),
    Doubt(given_again, yields=False),
    Doubt(given_anew, yields=False),
    Doubt(other_arguments, yields=False),
    Doubt(value_of_a_size, yields=False),
    Doubt(of_a_function_at_numbers, yields=False),
    Doubt(of_any_function),
    Doubt(of_named_gradient),
    Doubt(may_be_gradients, yields=False),
    Doubt(of_supposed_argument),
    Doubt(of_supposed_layers, yields=False),
    Doubt(of_a_trial, yields=False),
    Doubt(of_another_exercise, yields=False),
    Doubt(another_value_in_a_part, yields=False),
    Doubt(a_condition_again, yields=False),
    Doubt(condition_said_again, yields=False),
    Doubt(solved_behind, yields=False),
    Doubt(labelled_apart, yields=False),
    Doubt(both_at_once, yields=False),
    Doubt(number_named_I, yields=False),
    Doubt(of_own_product, yields=False),
    Doubt(of_a_length, yields=False),
    Doubt(of_another_item, yields=False),
    Doubt(under_circumstances, yields=False),
    Doubt(number_of_what_varies),
)
LAST = (
    Doubt(uneven),
    Doubt(nothing_to_work_out, yields=False),
    Doubt(stranger, yields=False),
    Doubt(another_body, yields=False),
    Doubt(only_here, yields=False),
    Doubt(own_value, yields=False),
    Doubt(new_letter, yields=False),
    Doubt(set_to_a_number, yields=False),
)
"""Those that look at all that the others leave false."""
OF_BOUNDS = (
    Doubt(open_bound, yields=False),
    Doubt(of_something_else, yields=False),
    Doubt(condition_said_again, yields=False),
)
"""Those of inequalities."""
OF_VALUES = (Doubt(given_again, yields=False), Doubt(of_another_item, yields=False))
"""Those of approximations."""
DOUBTS = (*ALONE, *LAST, *OF_BOUNDS, *OF_VALUES)
NAMES = frozenset(doubt.name for doubt in DOUBTS)


def dispute_the_doubtful(reading: Reading) -> None:
    """What fails and is in doubt becomes disputed. What is tried for it is no work of the reply: every doubt has a share."""
    with own_share(reading) as renewed:
        grounds = Grounds(reading, list(reading.relations))
        reject_the_miscomputed(grounds)
        for at, read in enumerate(grounds.relations):
            if is_in_question(read):
                reading.relations[at] = doubted(grounds, read, ALONE, renewed)
            elif read.op in ORDER:
                reading.relations[at] = doubted(grounds, read, OF_BOUNDS, renewed)
            elif read.op == "approx":
                reading.relations[at] = doubted(grounds, read, OF_VALUES, renewed)
        grounds.left = list(reading.relations)
        for at, read in enumerate(grounds.left):
            if is_in_question(read):
                reading.relations[at] = amended(grounds, doubted(grounds, read, LAST, renewed))


def amended(grounds: Grounds, read: Read) -> Read:
    """What is false, with the edit that makes it true, if there is one."""
    judged = read.judgement
    if judged.verdict not in FALSE or judged.reason:
        return read
    return replace(read, judgement=replace(judged, reason=grounds.amended(read)))


def is_in_question(read: Read) -> bool:
    """Whether it is an equation that fails, in names, and nobody said what it is; where it would hold is not known."""
    if read.judgement.verdict not in FALSE or read.op not in EQUAL or read.judgement.rule.startswith("given"):
        return False
    if read.judgement.rule in ("over_claimed", "named_root", "antiderivative", "slope_of_name"):
        return False
    return read.left is not None and read.right is not None and bool(names_in(Bin("=", read.left, read.right)))


def may_be_meant(grounds: Grounds, read: Read) -> bool:
    """Whether it gives a letter of the reply's own another value, which no word concludes: by another number, function or
    letter than before, as another plan, case or model has."""
    entry = grounds.judge(read).scope.entries.get(headed(read) or "")
    own = isinstance(entry, Defined) and entry.source == "reply"
    return own and not is_concluded(read) and grounds.slip(read) in OF_ANOTHER


def shows_a_slip(grounds: Grounds, read: Read, doubt: Doubt) -> bool:
    """Whether the one edit that makes it true tells that it is wrong, whatever the doubt."""
    return (
        bool(grounds.slip(read)) and not may_be_meant(grounds, read) and not follows_from_doubted(grounds, read, doubt)
    )


def follows_from_doubted(grounds: Grounds, read: Read, doubt: Doubt) -> bool:
    """Whether an arrow leads to it from what the same doubt has left open: an edit shows nothing where the meaning is in doubt."""
    before = [r for r in grounds.reading.relations if r.end <= read.start][-1:]
    arrow = read.statement is not None and read.statement.joined in ARROWS
    return arrow and any(r.judgement.rule == doubt.name and r.chain != read.chain for r in before)


def doubted(grounds: Grounds, read: Read, doubts: Sequence[Doubt], renewed: Callable[[], None]) -> Read:
    """The relation as the first doubt that does not yield makes it; as it is where none is left, and all were looked at."""
    worn_out = False
    for doubt in doubts:
        renewed()
        reason = doubt.of(grounds, read)
        worn_out |= any(world.spent[0] > MAX_REPLY_STEPS for world in grounds.reading.judge.worlds)
        if reason and not (doubt.yields and shows_a_slip(grounds, read, doubt)):
            return replace(read, judgement=Judgement(Verdict.DISPUTED, reason=reason, rule=doubt.name))
    return left_out(read) if worn_out and read.judgement.verdict in FALSE else read
