"""Random worlds: names, values and the evaluation of trees in them."""
