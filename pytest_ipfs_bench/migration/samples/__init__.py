"""Sample trees: result files of every known shape, made from a seed, with what an import of each must find."""
