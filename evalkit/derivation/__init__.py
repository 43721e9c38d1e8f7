"""Checking derivations (see the end of this file for the public names)."""

from evalkit.derivation.analysis import Analysis, analyse
from evalkit.derivation.judge import Verdict
from evalkit.derivation.setting import Setting, compile_setting
from evalkit.derivation.spec import DerivationSpec

__all__ = ["Analysis", "DerivationSpec", "Setting", "Verdict", "analyse", "compile_setting"]
