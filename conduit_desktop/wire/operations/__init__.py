"""What dialects can do besides conversing: embeddings, reranking, lists of models, counts of tokens. Pure, as
``dialects`` are, and keyed by their names.
"""
