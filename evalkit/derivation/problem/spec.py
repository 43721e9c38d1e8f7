r"""What a problem file declares so that derivations can be checked. Nothing here computes.

All mathematics is LaTeX, best written in TOML literal strings ('...'), where a backslash needs no escape.

    dimensions  = ["k < m", "k < n"]              # order of the sizes; evalkit draws several sizes that keep it
    definitions = ['C = \frac1n XX^\top',          # what the problem's own names mean. A definition with arguments,
                   'f(w) = \|Xw - y\|^2']          # f(w) = ..., may be called, differentiated, and named without them

    [symbols]                                      # name = "shape, kind, kind"
    X = "m x n, data"                              # a matrix that differentials leave alone
    W_1 = "k x m"
    w = "m"                                        # a column vector
    '\lambda' = "positive"                         # a scalar needs no shape

Shapes: `m x n`, `m` (column), `m x 1`, or none for a scalar; every dimension letter is known as a scalar too.
Kinds: `data` (or `fixed`): a constant for `d`; `centred`: rows sum to zero; `orthogonal`: orthonormal columns (rows where it is
wide); `symmetric`, `diagonal`, `psd`, `pd`, `invertible`, `lower`, `upper`, `skew`; `unit`: norm 1; `probability`:
positive entries, columns sum to one; `onehot`; `positive` and `nonnegative` entries; `small`: positive, at most 0.01;
`integer`; `index`: an integer index that may be used as a subscript. Instead of the string a table
{shape = "m x n", kind = ["data"]} may stand.

    [families]                                     # indexed names
    x_i = "columns of X"                           # also `rows of` (as columns), `entries of`, `diagonal of`

    [[decompositions]]                             # U, S, V are computed from X in every world; U_k, u_i, V_{:k}, S_k
    of = "X"                                       # (leading columns or block) and families follow by themselves
    kind = "thin svd"                              # thin svd, full svd, eigen (of a symmetric matrix, decreasing)
    names = ['U', '\Sigma', 'V']                   # eigen: [vectors, values]
    values = '\sigma_i'                            # optional: families of values, left and right vectors
    left = 'u_i'
    right = 'v_i'

    [aliases]                                      # other spellings, used where the reply does not define the name itself
    '\Sigma' = ['S', 'D']

    [[worlds]]                                     # a special world, tried where a relation does not hold in general
    name = "stationary"
    premise = "W_1, W_2 is a stationary point of L"
    symbols = {B = "k x k, invertible", J = "k of m"}    # drawn only here; `k of m`: k random columns, for U_J
    set = ['W_2 = U_J B', 'W_1 = B^{-1} U_J^\top']       # in this order; also families: 'p_i = 1 - 1/\sigma_i^2'

    limit = '\lambda'                              # where the world is a limit: the parameter that tends to it. What holds
                                                   # there alone is false of "every \lambda > 0"
    given = false                                  # true: the statement gives the premise, a reply need not repeat it

    [[milestones]]                                 # what a derivation passes through, in the staff's order
    id = "gradient_decoder"
    title = "gradient for the decoder"
    approaches = ["differentials"]                 # none: every approach passes it
    equation = '\nabla_{W_2} L = -2(X-W_2W_1X)(W_1X)^\top'   # one `=`; or any_of = ['...', '...']
    kind = "identity"                              # identity (default): holds everywhere; condition: holds in `world`
    world = "stationary"                           # where a condition holds
    factors = ['C^{-1}', 'n', 'W_1']               # declared factors: f M and M f count as M, besides a constant factor
                                                   # and the transpose
    after = ["cyclic_decoder"]                     # the steps it follows from; default: the one before it on the same
                                                   # approach. [] = from the problem itself. Leaps are counted by this
A structural milestone says how it shows instead of an equation: kind = "structural", shows = [one or more of the
evidence rules below; all must be seen].

    [[approaches]]
    id = "svd_of_weights"
    title = "SVDs of both weight matrices"
    claims = ["SVD of the weights", "singular values of W_*"]    # wording; * stands for up to 40 characters
    uses = ['svd W_1', 'svd W_2']                  # evidence rules: what sets it up (level 2)
    decisive = ['milestone sum_s']                 # what must feed the conclusion for level 3; default: `uses` and the
                                                   # milestones that name this approach alone

Evidence rules: `svd A`, `eigen A` (a decomposition of A is written down), `contains EXPR` (an expression equal to EXPR in
general occurs in a relation; of an inner product \langle A, B\rangle, one of these two), `equation L = R` (a relation
that matches), `defines A`, `assumes A` (A is given a value), `symbol A` (the name occurs), `gradient L W`,
`differential A` (dA occurs), `milestone ID`, `milestone ID without ID, ID` (a result that is stated ready-made, none of
these steps being passed), `wording PHRASE` (prose outside announcements), `RULE or RULE` (one of them is enough).
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from evalkit.reading.phrases import Phrase
from evalkit.types import Spec

KINDS = frozenset(
    [
        "data",
        "fixed",
        "function",
        "centred",
        "orthogonal",
        "symmetric",
        "diagonal",
        "psd",
        "pd",
        "invertible",
        "lower",
        "upper",
        "skew",
        "unit",
        "probability",
        "onehot",
        "positive",
        "nonnegative",
        "small",
        "integer",
        "index",
        "dimension",
        "scalar",
        "vector",
        "matrix",
    ]
)
RULES = frozenset(
    [
        "svd",
        "eigen",
        "contains",
        "equation",
        "defines",
        "assumes",
        "symbol",
        "gradient",
        "differential",
        "milestone",
        "wording",
    ]
)

Name = str
Latex = str

_LETTER = r"(?:[A-Za-z]|\\[A-Za-z]+)(?:_(?:[A-Za-z0-9]|\{[A-Za-z0-9]+\}))?"
_SIZE = re.compile(rf"\d{{0,2}}{_LETTER}(?:[+-]\d{{1,2}})?|[1-9]\d?")
"""`n`, `N_{out}`, `d_k`, `d+1`, `2n`, `3`."""
_TIMES = frozenset(["x", "X", "×", "by", r"\times", "times"])
_MATRICES = frozenset(
    ["symmetric", "skew", "orthogonal", "diagonal", "lower", "upper", "centred", "onehot", "matrix", "vector"]
)
"""Kinds of what has a shape."""
_SQUARE = frozenset(["symmetric", "psd", "pd", "skew"])
_FAMILY = re.compile(r"(columns|rows|entries|diagonal) of .+")


class SymbolSpec(Spec):
    """Shape and kind of one symbol. shape: () scalar, ('m',) column, ('m', 'n') matrix, or `subset` = ('k', 'm')."""

    shape: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    subset: tuple[str, str] | None = Field(None, description="an index set: so many of so many")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Read the short string form."""
        if isinstance(value, str):
            return _read_short(value)
        if isinstance(value, dict):
            value = dict(value)
            if isinstance(value.get("shape"), str):
                value["shape"] = _read_shape(value["shape"]) or ()
            if isinstance(value.get("kind"), str):
                value["kind"] = tuple(value["kind"].replace(",", " ").split())
        return value

    @model_validator(mode="after")
    def _sizes(self) -> SymbolSpec:
        """Whether what stands as a shape is one: a word that is read as a size means nothing that was meant."""
        if len(self.shape) > 2:
            raise ValueError(f"a shape has two sizes at most: write 'm x n' (or 'm', a column), not {len(self.shape)}")
        for size in (*self.shape, *(self.subset or ())):
            if not _SIZE.fullmatch(size):
                raise ValueError(
                    f"{size!r} is neither a size nor a kind; a size is a letter, such as n, N_{{out}} or d+1, or a number "
                    f"below 100; kinds: {', '.join(sorted(KINDS))}; write 'shape, kind', as in 'm x n, centred'"
                )
        shapeless = sorted(_MATRICES & {*self.kind})
        if shapeless and not self.shape and self.subset is None:
            shape = "n" if shapeless[0] in ("vector", "onehot") else "n x n"
            raise ValueError(f"without a shape this is a number; write the sizes first: '{shape}, {shapeless[0]}'")
        square = sorted(_SQUARE & {*self.kind})
        if square and self.shape and (len(self.shape) == 1 or self.shape[0] != self.shape[1]):
            raise ValueError(f"only a square matrix is {square[0]}: write 'n x n, {square[0]}'")
        return self

    @field_validator("kind")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [k for k in value if k not in KINDS]
        if unknown:
            known = ", ".join(sorted(KINDS))
            hint = "; a number between 0 and 1 is 'probability'" if unknown[0] in ("in", "between") else ""
            raise ValueError(
                f"unknown kind {unknown[0]!r}; known: {known}; write 'shape, kind', as in 'm x n, centred'{hint}"
            )
        return value


def _read_shape(text: str) -> tuple[str, ...] | None:
    """`m x n` -> ('m', 'n'); `m` -> ('m',); None where the text is no shape."""
    parts = text.replace("×", " x ").split()
    if len(parts) == 3 and parts[1] == "x":
        return (parts[0], parts[2])
    return (parts[0],) if len(parts) == 1 and parts[0] not in KINDS else None


def _read_short(text: str) -> dict[str, Any]:
    """`m x n, data`, `k of m`. Raises ValueError where it says what the members of a family are."""
    if _FAMILY.fullmatch(text.strip()):
        raise ValueError(f"{text!r} says what the members of a family are: write this line under [families]")
    parts = [p.strip() for p in text.split(",") if p.strip()]
    for part in parts if parts and _read_shape(parts[0]) is None else parts[1:]:
        if _TIMES & {*part.split()}:
            raise ValueError(
                f"{part!r}: a shape stands first and has two sizes at most: write 'm x n', and kinds behind a comma"
            )
    words = parts[0].split() if parts else []
    if len(words) == 3 and words[1] == "of":
        return {"subset": (words[0], words[2])}
    shape = _read_shape(parts[0]) if parts else None
    rest = parts if shape is None else parts[1:]
    return {"shape": shape or (), "kind": tuple(word for part in rest for word in part.split())}


class DecompositionSpec(Spec):
    """A decomposition whose factors are computed from the decomposed matrix in every world."""

    of: Name
    kind: Literal["thin svd", "full svd", "eigen"] = "thin svd"
    names: tuple[Name, ...] = Field(min_length=2, max_length=3)
    values: Name | None = None
    left: Name | None = None
    right: Name | None = None

    @model_validator(mode="after")
    def _count(self) -> DecompositionSpec:
        wanted = 2 if self.kind == "eigen" else 3
        if len(self.names) != wanted:
            raise ValueError(f"a {self.kind} has {wanted} names, found {len(self.names)}")
        return self


class WorldSpec(Spec):
    """A special world: a premise in words, and what it makes of the free symbols."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_\- ]*$")
    premise: str
    symbols: dict[Name, SymbolSpec] = Field(default_factory=dict)
    set: tuple[Latex, ...] = ()
    given: bool = False
    limit: Name | None = None


class MilestoneSpec(Spec):
    """An equation or a structure that a derivation passes through."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = ""
    approaches: tuple[str, ...] = ()
    equation: Latex | None = None
    any_of: tuple[Latex, ...] = ()
    kind: Literal["identity", "condition", "structural"] = "identity"
    world: str | None = None
    factors: tuple[Latex, ...] = ()
    shows: tuple[str, ...] = ()
    wordings: tuple[Phrase, ...] = Field((), description="the step said in words; `...` stands for any words between")
    after: tuple[str, ...] | None = None

    @property
    def forms(self) -> tuple[Latex, ...]:
        """Every equation that counts as this milestone."""
        return ((self.equation,) if self.equation else ()) + self.any_of

    @model_validator(mode="after")
    def _complete(self) -> MilestoneSpec:
        if self.kind == "structural":
            if not self.shows or self.forms:
                raise ValueError("a structural milestone has `shows` and no equation")
        elif not self.forms or self.shows:
            raise ValueError("a milestone has `equation` or `any_of` (and `shows` only with kind = 'structural')")
        return self


class ApproachSpec(Spec):
    """How it shows that a derivation takes this approach."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = ""
    claims: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    decisive: tuple[str, ...] = ()


class DerivationSpec(Spec):
    """Everything that a problem file says about its mathematics. See the top of this file for the format."""

    dimensions: tuple[str, ...] = ()
    definitions: tuple[Latex, ...] = ()
    symbols: dict[Name, SymbolSpec] = Field(default_factory=dict)
    families: dict[Name, str] = Field(default_factory=dict)
    decompositions: tuple[DecompositionSpec, ...] = ()
    aliases: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    worlds: tuple[WorldSpec, ...] = ()
    milestones: tuple[MilestoneSpec, ...] = ()
    approaches: tuple[ApproachSpec, ...] = ()
