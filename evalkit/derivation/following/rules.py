"""Why is a relation called true or false, or not judged? Every verdict on a relation is made here.

A rule looks at a relation, with the verdict that it has so far, and answers with the relation as it decides it, or with
None. The rules are asked in the order of RULES, each only for its kind of relation and for the verdicts that it names:

    MEANINGS     what stands there is no claim. The first that answers has decided.
    CLAIMS       it is a claim: the worlds judge it, by computing both sides.
    CORRECTIONS  it fails, or has no value: what else can it mean? Each answer goes to the rules below.
    CONTEXT      what the text around says to the verdict, whoever made it.

The name of the last rule that answered stands in the judgement (`evalkit equations --explain` prints it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from evalkit.derivation.following import late
from evalkit.derivation.following.another_task import another_task
from evalkit.derivation.following.antiderivatives import antiderivative
from evalkit.derivation.following.arithmetics import another_arithmetic
from evalkit.derivation.following.beside_numbers import amount_in_parts, in_decibels, operator_in_words
from evalkit.derivation.following.bounded import by_its_make, definite
from evalkit.derivation.following.branches import by_one_solution
from evalkit.derivation.following.chained import chain_rule
from evalkit.derivation.following.claims import (
    alternative,
    approximation,
    assumed_before,
    beside_words,
    case_in_numbers,
    dot_product,
    evaluated,
    give_up_meanings,
    goes_on_a_sum,
    in_plain_text,
    index_range,
    inequality_premise,
    names_in_doubt,
    no_shape,
    other_relation,
    positive_letter,
    sizes,
    tuples,
    unreadable,
    zero_differential,
)
from evalkit.derivation.following.closed import given_in_another_part, of_a_closed_section
from evalkit.derivation.following.coefficients import coefficients
from evalkit.derivation.following.commas import beside_a_comma
from evalkit.derivation.following.conditions import (
    asked,
    assumed_already,
    assumption,
    diagonal_names,
    imposed,
    restriction,
    selection,
    unclaimed,
    unmodelled,
    up_to,
    where_it_varies,
)
from evalkit.derivation.following.coordinates import by_coordinates, named_derivative, named_gradient
from evalkit.derivation.following.declarations import declaration, membership
from evalkit.derivation.following.decompositions import decomposition
from evalkit.derivation.following.definitions import definition, index_value, new_meaning, singled_out
from evalkit.derivation.following.difference_told import difference_told
from evalkit.derivation.following.entrywise import entry_by_entry
from evalkit.derivation.following.estimated import of_an_estimate, value_of_estimate
from evalkit.derivation.following.events import of_joint_events
from evalkit.derivation.following.examples import (
    example_value,
    matrix_of_letters,
    next_value,
    own_transpose,
    size_value,
)
from evalkit.derivation.following.explicit import explicit_partial, held_in_total
from evalkit.derivation.following.families import numbered, spectrum_anew
from evalkit.derivation.following.figures import (
    congruence,
    congruent,
    contradiction,
    cut_off,
    digits_written,
    whole_numbers,
)
from evalkit.derivation.following.free import free_letters
from evalkit.derivation.following.general import function_value, general_rule
from evalkit.derivation.following.ideals import of_ideals
from evalkit.derivation.following.identities import no_identity
from evalkit.derivation.following.imaginary import imaginary_unit
from evalkit.derivation.following.inside import example_goes_on, meaning_around, slope_of_example
from evalkit.derivation.following.intervals import in_its_interval
from evalkit.derivation.following.laws import law_of_letter
from evalkit.derivation.following.losses import any_loss, signal
from evalkit.derivation.following.means import of_means
from evalkit.derivation.following.modulo_nearby import congruent_nearby
from evalkit.derivation.following.moments import moments
from evalkit.derivation.following.near_vectors import near_vector
from evalkit.derivation.following.nearly import far_off, in_percent, near_enough, within_figures
from evalkit.derivation.following.numbered_members import of_numbered_members
from evalkit.derivation.following.numbers import other_order, rounded, same_vectors
from evalkit.derivation.following.onehot import of_the_class, place_of_one
from evalkit.derivation.following.ones import ones_of_a_size
from evalkit.derivation.following.options import an_option
from evalkit.derivation.following.oriented import chosen_nearly, chosen_signs
from evalkit.derivation.following.other_reading import other_reading
from evalkit.derivation.following.over_pairs import over_pairs
from evalkit.derivation.following.part import OWN
from evalkit.derivation.following.parted import parted, rest
from evalkit.derivation.following.points import arrow
from evalkit.derivation.following.premises import over_claimed, premise
from evalkit.derivation.following.probabilities import by_probabilities
from evalkit.derivation.following.quoted import quoted
from evalkit.derivation.following.ranges import bound_and_free, stated_range
from evalkit.derivation.following.ranks import of_full_rank
from evalkit.derivation.following.reading import OPEN, Read, Reading
from evalkit.derivation.following.readings import own_meaning
from evalkit.derivation.following.recurrences import unrolled
from evalkit.derivation.following.rewritten import otherwise_written
from evalkit.derivation.following.roots import named_root, near_root
from evalkit.derivation.following.rows import gradients_in_rows
from evalkit.derivation.following.running_totals import running_total
from evalkit.derivation.following.same_index import in_its_case
from evalkit.derivation.following.sampled import sampled
from evalkit.derivation.following.scientific import written_with_e
from evalkit.derivation.following.series import power_series
from evalkit.derivation.following.signs import both_signs, turning_stars
from evalkit.derivation.following.sketched import sketched
from evalkit.derivation.following.sketched_slips import wrong_slope
from evalkit.derivation.following.slanted_units import slanted_unit
from evalkit.derivation.following.slopes import slope_of_name
from evalkit.derivation.following.spectral import spectral_value
from evalkit.derivation.following.squares_named import named_by_square
from evalkit.derivation.following.stepwise import near_in_parts, rounded_parts
from evalkit.derivation.following.substituted import differentials
from evalkit.derivation.following.transforms import transform
from evalkit.derivation.following.units import unit_and_name
from evalkit.derivation.following.unknowns import by_what, common_terms, complement, general_identity, plain_scalars
from evalkit.derivation.following.unnamed_losses import of_unnamed_loss
from evalkit.derivation.following.unsigned_sums import unsigned_sum
from evalkit.derivation.following.updates import updated
from evalkit.derivation.following.vanishing import vanishing_term
from evalkit.derivation.following.whole_letters import of_whole_letters
from evalkit.derivation.following.withdrawn import taken_back
from evalkit.derivation.grammar.nodes import Bin
from evalkit.derivation.grammar.relations import EQUAL, ORDER, OTHER
from evalkit.derivation.verdicts.judge import ANOTHER_MEANING
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.deadline import LateError
from evalkit.derivation.worlds.scope import names_in

EQUATIONS, INEQUALITIES, SETS = frozenset(EQUAL), frozenset(ORDER), frozenset({"in"})
OTHERS = frozenset(OTHER) - SETS
ALL = EQUATIONS | INEQUALITIES | SETS | OTHERS
NOT_YET, UNREAD = frozenset({OPEN.verdict}), frozenset({Verdict.UNPARSED})
FAILS, ILL_TYPED, UNBOUND = (frozenset({v}) for v in (Verdict.FAILS, Verdict.ILL_TYPED, Verdict.UNBOUND))
HOLDS, VACUOUS = frozenset({Verdict.HOLDS}), frozenset({Verdict.VACUOUS})
ALL_VERDICTS = frozenset(Verdict)
NOT_FALSE = frozenset(Verdict) - FALSE
LOOKED_AT_AGAIN = FALSE | {Verdict.ASSUMPTION, Verdict.SKIPPED, Verdict.VACUOUS, Verdict.DISPUTED}
"""Verdicts that doubts and steps look at when all has been read: with the meanings that letters had in this place."""


@dataclass(frozen=True)
class Rule:
    """A function that may decide relations of these kinds which have one of these verdicts so far."""

    decide: Callable[[Reading, Read], Read | None]
    kinds: frozenset[str]
    of: frozenset[Verdict]

    @property
    def name(self) -> str:
        return self.decide.__name__

    @property
    def says(self) -> str:
        """What it says of a relation, in words."""
        return (self.decide.__doc__ or "").strip().partition("\n")[0]

    def __call__(self, reading: Reading, read: Read) -> Read | None:
        found = self.decide(reading, read)
        return found and replace(found, judgement=replace(found.judgement, rule=self.name))


MEANINGS = (
    Rule(unreadable, ALL, UNREAD),
    Rule(by_probabilities, EQUATIONS | OTHERS, NOT_YET),
    Rule(declaration, SETS, NOT_YET),
    Rule(membership, SETS, NOT_YET),
    Rule(law_of_letter, OTHERS, NOT_YET),
    Rule(congruence, OTHERS, NOT_YET),
    Rule(approximation, OTHERS, NOT_YET),
    Rule(near_enough, OTHERS, NOT_YET),
    Rule(near_in_parts, OTHERS, NOT_YET),
    Rule(far_off, OTHERS, NOT_YET),
    Rule(chosen_nearly, OTHERS, NOT_YET),
    Rule(near_root, OTHERS, NOT_YET),
    Rule(near_vector, OTHERS, NOT_YET),
    Rule(definite, OTHERS, NOT_YET),
    Rule(other_relation, OTHERS, NOT_YET),
    Rule(positive_letter, INEQUALITIES, NOT_YET),
    Rule(index_range, INEQUALITIES, NOT_YET),
    Rule(sizes, EQUATIONS, NOT_YET),
    Rule(both_signs, EQUATIONS, NOT_YET),
    Rule(transform, EQUATIONS, NOT_YET),
    Rule(moments, EQUATIONS, NOT_YET),
    Rule(antiderivative, EQUATIONS, NOT_YET),
    Rule(size_value, EQUATIONS, NOT_YET),
    Rule(example_value, EQUATIONS, NOT_YET),
    Rule(next_value, EQUATIONS, NOT_YET),
    Rule(updated, EQUATIONS, NOT_YET),
    Rule(function_value, EQUATIONS, NOT_YET),
    Rule(decomposition, EQUATIONS, NOT_YET),
    Rule(index_value, EQUATIONS, NOT_YET),
    Rule(singled_out, EQUATIONS, NOT_YET),
    Rule(numbered, EQUATIONS, NOT_YET),
    Rule(named_root, EQUATIONS, NOT_YET),
    Rule(slope_of_name, EQUATIONS, NOT_YET),
    Rule(spectral_value, EQUATIONS, NOT_YET),
    Rule(place_of_one, EQUATIONS, NOT_YET),
    Rule(unrolled, EQUATIONS, NOT_YET),
    Rule(signal, EQUATIONS, NOT_YET),
    Rule(another_task, EQUATIONS, NOT_YET),
    Rule(value_of_estimate, EQUATIONS, NOT_YET),
    Rule(coefficients, EQUATIONS, NOT_YET),
    Rule(arrow, EQUATIONS, NOT_YET),
    Rule(named_derivative, EQUATIONS, NOT_YET),
    Rule(named_gradient, EQUATIONS, NOT_YET),
    Rule(named_by_square, EQUATIONS, NOT_YET),
    Rule(definition, EQUATIONS, NOT_YET),
)
CLAIMS = (
    Rule(sampled, INEQUALITIES, NOT_YET),
    Rule(by_its_make, INEQUALITIES, frozenset({Verdict.SKIPPED, Verdict.UNBOUND})),
    Rule(evaluated, EQUATIONS, NOT_YET),
)
CORRECTIONS = (
    Rule(meaning_around, EQUATIONS, ALL_VERDICTS),
    Rule(example_goes_on, EQUATIONS, FALSE),
    Rule(slope_of_example, EQUATIONS, FALSE),
    Rule(no_identity, EQUATIONS, TRUE | FALSE),
    Rule(unit_and_name, EQUATIONS, FAILS),
    Rule(slanted_unit, EQUATIONS, FAILS | UNBOUND),
    Rule(digits_written, EQUATIONS, TRUE),
    Rule(whole_numbers, EQUATIONS, TRUE | UNREAD),
    Rule(vanishing_term, EQUATIONS, HOLDS),
    Rule(rounded_parts, EQUATIONS, FAILS | UNREAD),
    Rule(of_a_closed_section, EQUATIONS, FAILS),
    Rule(of_the_class, EQUATIONS, FAILS),
    Rule(rounded, EQUATIONS, FAILS),
    Rule(within_figures, EQUATIONS, FAILS),
    Rule(written_with_e, EQUATIONS, FAILS),
    Rule(of_whole_letters, EQUATIONS, FAILS | UNREAD | UNBOUND),
    Rule(in_percent, EQUATIONS, UNBOUND),
    Rule(cut_off, EQUATIONS, FAILS),
    Rule(congruent, EQUATIONS, FAILS | UNREAD),
    Rule(contradiction, EQUATIONS, FAILS),
    Rule(chosen_signs, EQUATIONS, FAILS),
    Rule(other_order, EQUATIONS, FAILS),
    Rule(same_vectors, EQUATIONS, FAILS),
    Rule(inequality_premise, INEQUALITIES, FALSE),
    Rule(where_it_varies, EQUATIONS, FAILS | VACUOUS),
    Rule(zero_differential, EQUATIONS, FALSE),
    Rule(explicit_partial, EQUATIONS, FAILS),
    Rule(held_in_total, EQUATIONS, TRUE),
    Rule(stated_range, EQUATIONS, FAILS),
    Rule(in_its_interval, EQUATIONS, FAILS),
    Rule(in_its_case, EQUATIONS, FAILS),
    Rule(over_pairs, EQUATIONS, FAILS | UNBOUND),
    Rule(unsigned_sum, EQUATIONS, FALSE | UNREAD | UNBOUND),
    Rule(case_in_numbers, EQUATIONS, ILL_TYPED),
    Rule(own_transpose, EQUATIONS, ILL_TYPED),
    Rule(gradients_in_rows, EQUATIONS, ILL_TYPED),
    Rule(entry_by_entry, EQUATIONS, ILL_TYPED | UNREAD),
    Rule(general_rule, EQUATIONS, ILL_TYPED),
    Rule(spectrum_anew, EQUATIONS, ILL_TYPED),
    Rule(new_meaning, EQUATIONS, ILL_TYPED),
    Rule(ones_of_a_size, EQUATIONS, UNREAD),
    Rule(imaginary_unit, EQUATIONS, UNBOUND | UNREAD),
    Rule(chain_rule, EQUATIONS, UNBOUND | UNREAD),
    Rule(any_loss, EQUATIONS, UNBOUND | UNREAD),
    Rule(differentials, EQUATIONS, UNREAD),
    Rule(power_series, EQUATIONS, UNBOUND | UNREAD | FAILS),
    Rule(matrix_of_letters, EQUATIONS, UNBOUND),
    Rule(plain_scalars, EQUATIONS, UNBOUND),
    Rule(parted, EQUATIONS, UNBOUND | FALSE),
    Rule(complement, EQUATIONS, UNBOUND | FALSE),
    Rule(rest, EQUATIONS, UNBOUND),
    Rule(general_identity, EQUATIONS, UNBOUND),
    Rule(of_an_estimate, EQUATIONS, UNBOUND),
    Rule(turning_stars, EQUATIONS, UNBOUND),
    Rule(of_numbered_members, EQUATIONS, UNBOUND),
    Rule(free_letters, EQUATIONS, UNBOUND),
    Rule(of_means, EQUATIONS, UNBOUND),
    Rule(of_joint_events, EQUATIONS, UNBOUND),
    Rule(sketched, EQUATIONS, UNBOUND | UNREAD),
    Rule(wrong_slope, EQUATIONS, UNBOUND | UNREAD),
    Rule(otherwise_written, EQUATIONS, UNBOUND),
    Rule(other_reading, EQUATIONS, FALSE | UNREAD | UNBOUND),
    Rule(of_unnamed_loss, EQUATIONS, UNREAD | UNBOUND),
    Rule(by_coordinates, EQUATIONS, UNREAD | UNBOUND),
    Rule(by_what, EQUATIONS, UNREAD | UNBOUND),
    Rule(common_terms, EQUATIONS, UNBOUND | UNREAD),
    # What a reply gives or imposes is no false claim, and what rests on it cannot be checked.
    Rule(diagonal_names, EQUATIONS, UNBOUND | FALSE | VACUOUS | HOLDS),
    Rule(assumption, EQUATIONS, UNBOUND | FALSE | VACUOUS | HOLDS),
    Rule(given_in_another_part, EQUATIONS, FAILS),
    Rule(up_to, EQUATIONS, FAILS),
    Rule(selection, EQUATIONS, FAILS | VACUOUS),
    Rule(imposed, EQUATIONS, FAILS | VACUOUS),
    Rule(restriction, EQUATIONS, FAILS),
    Rule(unmodelled, EQUATIONS, FAILS),
)
CONTEXT = (
    Rule(bound_and_free, EQUATIONS, TRUE | FALSE),
    Rule(of_full_rank, EQUATIONS, frozenset({Verdict.IDENTITY, Verdict.ALGEBRA})),
    Rule(by_one_solution, EQUATIONS, HOLDS),
    Rule(another_arithmetic, EQUATIONS, TRUE | FALSE),
    Rule(congruent_nearby, EQUATIONS, FALSE),
    Rule(of_ideals, EQUATIONS, FALSE),
    Rule(running_total, EQUATIONS, FALSE),
    Rule(operator_in_words, ALL, FALSE),
    Rule(in_decibels, EQUATIONS | frozenset({"approx"}), FALSE),
    Rule(amount_in_parts, EQUATIONS, FALSE),
    Rule(difference_told, EQUATIONS, FALSE),
    Rule(premise, EQUATIONS, HOLDS),
    Rule(over_claimed, frozenset({"="}), NOT_FALSE),
    Rule(dot_product, EQUATIONS, ILL_TYPED),
    Rule(tuples, EQUATIONS, ILL_TYPED),
    Rule(no_shape, ALL, ILL_TYPED),
    Rule(assumed_before, EQUATIONS, TRUE),
    Rule(assumed_already, EQUATIONS, HOLDS),
    Rule(goes_on_a_sum, EQUATIONS, FALSE),
    Rule(beside_words, EQUATIONS, FALSE),
    Rule(beside_a_comma, EQUATIONS, FALSE),
    Rule(in_plain_text, ALL, FALSE),
    Rule(own_meaning, EQUATIONS, FALSE),
    Rule(alternative, EQUATIONS, FALSE),
    Rule(asked, ALL, FALSE),
    Rule(taken_back, ALL, FALSE),
    Rule(quoted, ALL, TRUE | FALSE | VACUOUS | {Verdict.SKIPPED}),
    Rule(an_option, ALL, FALSE),
    Rule(unclaimed, EQUATIONS, FALSE),
    Rule(names_in_doubt, ALL, FALSE),
)
ROUNDINGS = tuple(rule for rule in CORRECTIONS if rule.decide in (rounded_parts, rounded, within_figures))
RULES = (*MEANINGS, *CLAIMS, *CORRECTIONS, *CONTEXT)


def judged(reading: Reading, read: Read) -> Read:
    """The verdict on a relation, in its place in the text; none where the time of the reply is over, or where it is too deep
    or too large for what judges it."""
    try:
        with reading.judge.deadline.heeded():
            return judged_in_time(reading, read)
    except LateError:
        return late.left_out(read)
    except late.TOO_LARGE as error:
        return late.left_out(read, f"could not be judged ({type(error).__name__})", late.BEYOND)


def judged_in_time(reading: Reading, read: Read) -> Read:
    """The same. Raises LateError where the time is over."""
    given = reading.decide(reading, read) if reading.decide is not None else None
    found = given or through(CONTEXT, reading, settled(reading, read))
    again = found.judgement.verdict in LOOKED_AT_AGAIN or found.judgement.reason.startswith(ANOTHER_MEANING)
    if again and not reading.trial:
        found = replace(found, then=reading.judge.branch())
    part = reading.inside[-1] if reading.inside else None
    return replace(found, within=part) if part is not None and part.kind == OWN else found


def claimed(reading: Reading, read: Read) -> Read:
    """The verdict of the worlds alone: it is said to be a claim."""
    return through((*CLAIMS, CORRECTIONS[0]), reading, read)


def settled(reading: Reading, read: Read) -> Read:
    """The verdict on a relation by itself."""
    for rule in MEANINGS:
        if read.op in rule.kinds and read.judgement.verdict in rule.of and (found := rule(reading, read)) is not None:
            return through(ROUNDINGS, reading, found) if found.judgement.verdict in FALSE else found
    found = through(CLAIMS, reading, read)
    false = found.judgement.verdict in FALSE and read.op in EQUATIONS
    if false and give_up_meanings(reading, names_in(Bin("=", *read.sides))):
        return settled(reading, read)  # its names do not mean what the problem or an earlier reply meant
    return through(CORRECTIONS, reading, found)


def through(rules: Iterable[Rule], reading: Reading, read: Read) -> Read:
    """What becomes of a relation when every rule is asked, one after the other."""
    for rule in rules:
        if read.op in rule.kinds and read.judgement.verdict in rule.of:
            read = rule(reading, read) or read
    return read
