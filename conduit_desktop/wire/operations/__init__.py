"""What dialects can do besides conversing: embeddings, reranking, lists of models, counts of tokens; pure, as ``dialects``."""
