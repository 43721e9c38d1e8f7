from evalkit.derivation.analysis import Leap, Met
def passed(reader, relations): return []
def leaps(reader, met): return []
